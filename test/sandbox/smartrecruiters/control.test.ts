import { createSmartRecruitersControlClient } from '../../../sandbox/smartrecruiters/control-client.js';
import { controlNames } from '../../../sandbox/smartrecruiters/control-inputs.js';
import { type Started, scheduleTwoSessions, startWithCompany } from './started-simulator.js';

const seed = { name: 'Acme Robotics', jobs: 4, candidatesPerJob: 6, interviewsPerJob: 2, seed: 3 };

describe('controls', () => {
  let started: Started;
  let now = Date.parse('2030-01-01T00:00:00Z');

  beforeEach(async () => {
    started = await startWithCompany({ now: () => now });
  });
  afterEach(() => started.simulator.close());

  it('refuses unknown controls, unknown fields and unknown ids with a reason', async () => {
    const { control, url } = started.simulator;
    const nothing = await fetch(`${url}/_control/explode`, { method: 'POST' });
    expect(nothing.status).toBe(404);
    await expect(control.cancelInterview({ interviewId: 'unknown' })).rejects.toThrow(
      'No such interview',
    );
    const typo = { companyId: started.companyId, title: 'A', titel: 'B' };
    await expect(control.createJob(typo)).rejects.toThrow('createJob');
  });

  it('refuses calls that a page of another site makes', async () => {
    const response = await fetch(`${started.simulator.url}/_control/listCompanies`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(response.status).toBe(403);
  });

  it('offers the same controls in process and over HTTP', async () => {
    const { control, url } = started.simulator;
    const client = createSmartRecruitersControlClient({ url });
    expect(Object.keys(client)).toEqual(controlNames);
    expect(Object.keys(control)).toEqual(controlNames);
    const { companyId } = started;
    expect(await client.snapshot({ companyId })).toEqual(await control.snapshot({ companyId }));
    await client.clearFaults();
    const user = await client.createUser({
      companyId,
      firstName: 'Greta',
      lastName: 'Tanaka',
      email: 'greta@northwind.example',
      active: false,
    });
    expect((await control.snapshot({ companyId })).users).toContainEqual(user);
  });

  it('hands out copies: changing an answer changes nothing', async () => {
    const { control } = started.simulator;
    const [company] = await control.listCompanies();
    if (company !== undefined) company.name = 'Changed';
    expect(await control.listCompanies()).toMatchObject([{ name: 'Northwind' }]);
  });

  it('seeds the same company for the same name and seed, and only once', async () => {
    const { control } = started.simulator;
    const seeded = await control.seedCompany(seed);
    expect(await control.seedCompany(seed)).toEqual(seeded);
    const elsewhere = await startWithCompany({ now: () => now });
    expect(await elsewhere.simulator.control.seedCompany(seed)).toEqual(seeded);
    await elsewhere.simulator.close();
    const other = await control.seedCompany({ ...seed, seed: 4 });
    expect(other.company.id).not.toBe(seeded.company.id);
  });

  it('seeds as much as asked, with distinct people at example domains', async () => {
    const { control } = started.simulator;
    const { company, jobs } = await control.seedCompany(seed);
    const { candidates, interviews, users } = await control.snapshot({ companyId: company.id });
    expect(jobs).toHaveLength(4);
    expect(candidates).toHaveLength(24);
    expect(interviews).toHaveLength(8);
    expect(new Set(candidates.map((row) => row.email)).size).toBe(24);
    for (const { email } of [...candidates, ...users]) expect(email).toMatch(/\.example$/);
    for (const { timeslots } of interviews) {
      expect(timeslots[0]?.startsAt).toBeGreaterThan(now);
    }
  });

  describe('page', () => {
    async function submit(action: string, form: Record<string, string>): Promise<Response> {
      return fetch(`${started.simulator.url}/_control/page/${action}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        redirect: 'manual',
      });
    }
    async function interviews(): Promise<unknown[]> {
      const { companyId } = started;
      return (await started.simulator.control.snapshot({ companyId })).interviews;
    }

    it('says what went wrong instead of acting on an unknown interview', async () => {
      const response = await submit('cancel', { interviewId: 'unknown' });
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('No such interview');
    });

    it('lists companies, jobs and interviews, with what people typed escaped', async () => {
      const { control, url } = started.simulator;
      const { interviewId } = await scheduleTwoSessions(started);
      await control.changeLink({ interviewId, location: '<script>alert(1)</script>' });
      const html = await (await fetch(`${url}/_control/`)).text();
      for (const text of ['Northwind', 'Backend Engineer', 'Jonas Silva', 'Ines Vogel']) {
        expect(html).toContain(text);
      }
      expect(html).not.toContain('<script>');
      expect(html).toContain('&lt;script&gt;');
    });

    it('moves, relinks, cancels and schedules, then comes back to the page', async () => {
      const { interviewId } = await scheduleTwoSessions(started);
      const moved = await submit('move', { interviewId, byMinutes: '30' });
      expect([moved.status, moved.headers.get('location')]).toEqual([303, '/_control/']);
      await submit('change-link', { interviewId, location: 'https://meet.example/new' });
      expect(await interviews()).toMatchObject([
        {
          location: 'https://meet.example/new',
          timeslots: [{ startsAt: Date.parse('2030-05-06T09:30:00Z') }, {}],
        },
      ]);
      await submit('cancel', { interviewId });
      const { applicationId } = started;
      await submit('schedule', { applicationId, inMinutes: '10', minutes: '30', location: '' });
      expect(await interviews()).toMatchObject([
        { cancelledAt: now },
        { location: null, timeslots: [{ startsAt: now + 600_000, endsAt: now + 2_400_000 }] },
      ]);
    });

    it('closes and reopens a job', async () => {
      const { jobId, companyId } = started;
      const statusNow = async (): Promise<string | undefined> =>
        (await started.simulator.control.snapshot({ companyId })).jobs[0]?.status;
      await submit('close-job', { jobId });
      expect(await statusNow()).toBe('FILLED');
      now += 1;
      await submit('reopen-job', { jobId });
      expect(await statusNow()).toBe('SOURCING');
    });
  });
});
