import { failureTypes } from '../../workflows/contracts/failure-types.js';
import type { InterviewsPreview } from '../../workflows/contracts/load-estimate.js';
import { eventually } from '../support/eventually.js';
import { loadEstimate } from '../support/fake-activities.js';
import {
  changeDoc,
  installationDoc,
  noon,
  reportDoc,
  roleDoc,
  seqAt,
  subscriptionDoc,
} from './support/documents.js';
import { closed, listening, openStream } from './support/event-stream.js';
import { base, type Harness, harness, tokens } from './support/harness.js';

const second = 1_000;

function filled(): Harness {
  const h = harness();
  h.world.installations.push(installationDoc());
  return h;
}

const importing = {
  stage: 'applications' as const,
  done: 10,
  total: 40,
  counts: { jobs: 3, candidates: 40, applications: 10, interviews: 0 },
  startedAt: noon - 5 * second,
  requestsPerSecond: 6.5,
  etaSeconds: 4.6,
};

async function installation(h: Harness) {
  return (await h.request.get(base).set(h.as('member'))).body;
}

describe('what the watch says of itself', () => {
  it('has grown older by exactly the time since it was said', async () => {
    const h = filled();
    const told = { rows: 3, p50Seconds: 10, p95Seconds: 42, oldestDueSeconds: 7 };
    h.world.reports.push(reportDoc({ freshness: { hot: told } }));
    expect((await installation(h)).freshness.hot).toEqual({
      p95Seconds: 42,
      oldestDueSeconds: 7,
      targetSeconds: 300,
    });
    h.clock.now = noon + 100 * second;
    const health = await h.request.get(`${base}/health`).set(h.as('member'));
    for (const freshness of [(await installation(h)).freshness, health.body.freshness]) {
      expect(freshness.hot).toMatchObject({ p95Seconds: 142, oldestDueSeconds: 107 });
    }
  });

  it('does not look fresh when the watch stands still, even if nothing was due', async () => {
    const h = filled();
    h.world.reports.push(reportDoc());
    h.clock.now = noon + 400 * second;
    expect((await installation(h)).freshness.hot).toMatchObject({
      p95Seconds: 442,
      oldestDueSeconds: 100,
    });
  });

  it('is nothing of another life, and nothing before the first slice', async () => {
    const h = filled();
    h.world.reports.push(reportDoc({ generation: 'gen-0' }));
    h.world.subscriptions.push(subscriptionDoc({ generation: 'gen-0' }));
    expect(await installation(h)).toMatchObject({
      freshness: {},
      import: null,
      load: null,
      webhooks: { state: 'preparing', since: null, remedy: null },
    });
  });

  it('has wider targets while webhooks tell of changes', async () => {
    const h = filled();
    const { load } = reportDoc();
    h.world.reports.push(reportDoc({ load: { ...load, byWebhook: true } }));
    const body = await installation(h);
    expect(body.freshness.hot.targetSeconds).toBe(1_800);
    expect(body.load).toEqual({
      ...{ neededPerSecond: 0.5, budgetPerSecond: 7, latenessFactor: 1, byWebhook: true },
    });
  });

  it('shows the first import', async () => {
    const h = filled();
    h.world.reports.push(reportDoc({ import: importing }));
    expect((await installation(h)).import).toEqual({ ...importing, etaSeconds: 5 });
  });

  it.each([
    ['active', null],
    ['suspended', null],
    ['failed', null],
    ['no_scope', expect.stringContaining('webhooks_manage')],
  ] as const)('explains webhooks that are %s, without their secrets', async (state, remedy) => {
    const h = filled();
    h.world.subscriptions.push(subscriptionDoc({ state }));
    const answer = await h.request.get(base).set(h.as('owner'));
    expect(answer.body.webhooks).toEqual({
      ...{ state, since: noon, explanation: expect.any(String), remedy },
    });
    expect(answer.text).not.toMatch(/sealed-secret|hash-of-the-key|subscription-1/);
  });

  it('is told in health with every attention and the use of the budget', async () => {
    const h = filled();
    const attention = { explanation: 'Why', remedy: 'What to do', since: noon };
    h.world.installations = [
      installationDoc({
        attentions: [
          { ...attention, code: 'jobs_hidden' },
          { ...attention, code: 'watch_stale' },
        ],
      }),
    ];
    h.world.reports.push(reportDoc());
    const { body } = await h.request.get(`${base}/health`).set(h.as('member'));
    expect(body.attentions.map(({ code }: { code: string }) => code)).toEqual([
      'jobs_hidden',
      'watch_stale',
    ]);
    expect(body.budget).toEqual({ inFlight: 2, blockedUntil: null, slowFactor: 1 });
    expect(body.load.latenessFactor).toBe(1);
  });

  it('reaches those who follow events: the progress of an import, and its end', async () => {
    const h = filled();
    const { server, url } = await listening(h.app);
    try {
      h.world.reports.push(reportDoc({ import: importing }));
      h.world.changes.push(changeDoc({ seq: seqAt(0) }));
      const stream = await openStream({ url: `${url}${base}/events`, token: tokens.member });
      h.world.changes.push(changeDoc({ seq: seqAt(10), kind: 'import', key: 'acme' }));
      await eventually(() => stream.told.length === 1);
      h.world.reports = [reportDoc()];
      h.world.changes.push(changeDoc({ seq: seqAt(20), kind: 'import', key: 'acme' }));
      await eventually(() => stream.told.length === 2);
      expect(stream.told.map(({ event, data }) => [event, data])).toEqual([
        ['import', { ...importing, etaSeconds: 5 }],
        ['import', null],
      ]);
      stream.close();
    } finally {
      h.closeStreams();
      await closed(server);
    }
  });
});

describe('the estimate before a change is saved', () => {
  const preview = (h: Harness, body: object) =>
    h.request.post(`${base}/settings/preview`).set(h.as('owner')).send(body);

  it('is asked of the installation and changes nothing', async () => {
    const h = filled();
    const load = loadEstimate({ applications: 3_400, recommendation: 'webhooks' });
    h.gateway.preview = { kind: 'done', result: load };
    const answer = await preview(h, { captureMode: 'import_all' });
    expect([answer.status, answer.body]).toEqual([200, { load }]);
    expect(h.gateway.previews).toEqual([
      {
        orgId: 'acme',
        change: {
          ...{ captureMode: 'import_all', jobIds: [], enabled: true },
          settings: { captureMode: 'import_all' },
        },
      },
    ]);
    expect(h.gateway.sent).toEqual([]);
  });

  it('says beside the load what would become of interviews', async () => {
    const h = filled();
    const load = loadEstimate();
    const interviews: InterviewsPreview = {
      considered: 12,
      isPartial: false,
      noLonger: { count: 1, byCode: { restricted: 1 } },
      newly: { count: 0, byCode: {} },
      changed: [
        {
          ...{ interviewId: 'int-1', jobId: 'job-1', startsAt: 1 },
          ...{ before: 'will_join', after: 'restricted' },
        },
      ],
    };
    h.gateway.preview = { kind: 'done', result: { ...load, interviews } };
    const restrictions = [{ field: 'title', match: 'talk' }];
    const answer = await preview(h, { restrictions });
    expect([answer.status, answer.body]).toEqual([200, { load, interviews }]);
    expect(h.gateway.previews[0]?.change.settings).toEqual({ restrictions });
    expect(h.gateway.sent).toEqual([]);
  });

  it('is asked for many jobs, each once', async () => {
    const h = filled();
    const answer = await h.request
      .post(`${base}/roles/bulk/preview`)
      .set(h.as('owner'))
      .send({ jobIds: ['a', 'b', 'a'], enabled: false });
    expect(answer.status).toBe(200);
    expect(h.gateway.previews[0]?.change).toEqual({
      ...{ captureMode: null, jobIds: ['a', 'b'], enabled: false },
    });
  });

  it.each([
    [{ captureMode: 'everything' }, 422, 'invalid_body'],
    [{ restrictions: [{ field: 'title', match: '-' }] }, 422, 'invalid_body'],
    [{ consent: { mode: 'opt_in' } }, 422, 'not_available'],
  ])('refuses %j', async (body, status, code) => {
    const h = filled();
    const answer = await preview(h, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(h.gateway.previews).toEqual([]);
  });

  it('says when SmartRecruiters, Temporal or the connection is not there', async () => {
    const h = filled();
    const type = failureTypes.vendorUnavailable;
    h.gateway.preview = { kind: 'failed', failure: { type, message: '', bodyDigest: null } };
    expect((await preview(h, {})).body.code).toBe('vendor_unavailable');
    h.gateway.preview = { kind: 'pending' };
    expect((await preview(h, {})).body.code).toBe('vendor_unavailable');
    h.gateway.isAway = true;
    const away = await preview(h, {});
    expect([away.status, away.body.code]).toEqual([503, 'commands_unavailable']);
    h.world.installations = [];
    expect((await preview(h, {})).body.code).toBe('not_installed');
  });
});

describe('many jobs at once', () => {
  const send = (h: Harness, body: object) =>
    h.request.post(`${base}/roles/bulk`).set(h.as('owner')).send(body);

  it('are one command, whose outcome is found by its id', async () => {
    const h = filled();
    h.world.roles.push(roleDoc());
    const answer = await send(h, { jobIds: ['job-1', 'job-2', 'job-1'], enabled: true });
    expect(answer.status).toBe(202);
    const [sent] = h.gateway.sent;
    expect(sent).toMatchObject({
      name: 'setRoles',
      command: { jobIds: ['job-1', 'job-2'], enabled: true, scheduled: 'include' },
    });
    expect(answer.body).toEqual({ commandId: sent?.command.meta.commandId });
    expect(answer.headers.location).toBe(`${base}/commands/${answer.body.commandId}`);
  });

  it.each([[[]], [Array.from({ length: 501 }, (_, n) => `job-${n}`)], [['']]])(
    'are refused outside 1 to 500 ids (%#)',
    async (jobIds) => {
      const h = filled();
      const answer = await send(h, { jobIds, enabled: true });
      expect([answer.status, answer.body.code]).toEqual([422, 'invalid_body']);
      expect(h.gateway.sent).toEqual([]);
    },
  );
});
