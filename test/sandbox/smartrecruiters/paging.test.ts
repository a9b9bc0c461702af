import { type Started, startWithCompany, wideLimits } from './started-simulator.js';

interface Listing {
  limit: number;
  offset?: number;
  nextPageId?: string;
  totalFound?: number;
  content: { id: string }[];
}

describe('paging', () => {
  let started: Started;

  beforeAll(async () => {
    started = await startWithCompany({ limits: wideLimits });
    const { control } = started.simulator;
    const { companyId, jobId } = started;
    for (let index = 0; index < 24; index += 1) {
      const email = `person${index}@candidates.example`;
      const person = { companyId, firstName: 'Person', lastName: `Number ${index}`, email };
      await control.createUser(person);
      await control.createJob({ companyId, title: `Job ${index}` });
      const candidate = await control.createCandidate(person);
      await control.createApplication({ candidateId: candidate.id, jobId });
    }
  });
  afterAll(() => started.simulator.close());

  async function list(path: string): Promise<Listing> {
    const { status, body } = await started.call(path);
    expect(status).toBe(200);
    return body as Listing;
  }

  it.each(['/jobs', '/candidates', '/user-api/v201804/users'])(
    'shows every row of %s exactly once over the pages',
    async (path) => {
      const seen: string[] = [];
      let pageId: string | undefined;
      let pages = 0;
      do {
        const cursor = pageId === undefined ? '' : `&pageId=${encodeURIComponent(pageId)}`;
        const page: Listing = await list(`${path}?limit=7${cursor}`);
        seen.push(...page.content.map((row) => row.id));
        pageId = page.nextPageId === '' ? undefined : page.nextPageId;
        pages += 1;
      } while (pageId !== undefined);
      expect(pages).toBe(4);
      expect(seen).toHaveLength(25);
      expect(new Set(seen).size).toBe(25);
    },
  );

  it('gives candidates a cursor with /, + and =, also as a Link, and 10 rows by default', async () => {
    const { body, headers } = await started.call('/candidates');
    const page = body as Listing;
    expect(page).toMatchObject({ limit: 10, offset: 0, totalFound: 25 });
    expect(page.content).toHaveLength(10);
    expect(page.nextPageId).toMatch(/\/.*\+.*=/);
    const next = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? '';
    expect(new URL(next).searchParams.get('pageId')).toBe(page.nextPageId);
  });

  it('refuses a cursor that was not encoded, and a limit over 100', async () => {
    const { nextPageId } = await list('/candidates');
    expect((await started.call(`/candidates?pageId=${nextPageId}`)).status).toBe(400);
    expect((await started.call('/candidates?limit=101')).status).toBe(400);
    expect((await started.call('/jobs?limit=0')).status).toBe(400);
  });

  it('does not lose or repeat rows when a candidate disappears between two pages', async () => {
    const { control } = started.simulator;
    const first = await list('/candidates?limit=5');
    await control.deleteCandidate({ candidateId: first.content[0]?.id ?? '' });
    const cursor = encodeURIComponent(first.nextPageId ?? '');
    const rest = await list(`/candidates?limit=100&pageId=${cursor}`);
    expect(first.content.length + rest.content.length).toBe(25);
    const ids = new Set([...first.content, ...rest.content].map((row) => row.id));
    expect(ids.size).toBe(25);
  });

  it('has no totalFound for users and takes an offset for jobs', async () => {
    expect(await list('/user-api/v201804/users')).not.toHaveProperty('totalFound');
    const all = await list('/jobs?limit=100');
    const shifted = await list('/jobs?limit=100&offset=20');
    expect(shifted.content).toEqual(all.content.slice(20));
  });
});
