import { compactVerify, createLocalJWKSet } from 'jose';
import { z } from 'zod';
import { createReceiptSigner } from '../../common/receipt-signing.js';
import { decisionFor } from '../../workflows/contracts/decision.js';
import {
  changeDoc,
  installationDoc,
  interviewDoc,
  jobDoc,
  noon,
  roleDoc,
} from './support/documents.js';
import { base, type Harness, harness, keyRing } from './support/harness.js';

function filled(): Harness {
  const h = harness();
  h.world.installations.push(
    installationDoc({
      attentions: [
        { code: 'scope_missing', explanation: 'Why', remedy: 'What to do', since: noon },
      ],
    }),
  );
  h.world.jobs.push(jobDoc(), jobDoc({ jobId: 'job-2', title: 'Designer' }));
  h.world.roles.push(roleDoc(), roleDoc({ jobId: 'job-gone', title: 'Gone', removed: true }));
  h.world.interviews.push(
    interviewDoc(),
    interviewDoc({ interviewId: 'int-2', startsAt: noon + 7_200_000 }),
  );
  return h;
}

describe('what is read', () => {
  it('has the shape that the document promises, on every read', async () => {
    const h = filled();
    h.world.receipts.push({
      _id: 'rec-1',
      orgId: 'acme',
      generation: 'gen-0',
      state: 'completed',
      erased: null,
      jws: 'a.b.c',
      requestedAt: noon,
      completedAt: noon,
      expiresAt: new Date(noon + 1),
    });
    h.world.audit.push({
      _id: 'acme/1',
      orgId: 'acme',
      seq: 1,
      at: noon,
      event: 'paused',
      by: 'user-owner',
      subject: null,
      detail: { version: 2 },
      prevHash: '',
      hash: 'abc',
    });
    const paths: Record<string, string> = {
      getInstallation: base,
      listJobs: `${base}/jobs`,
      listRoles: `${base}/roles`,
      getRole: `${base}/roles/job-1`,
      listInterviews: `${base}/interviews`,
      getInterview: `${base}/interviews/int-1`,
      getHealth: `${base}/health`,
      getReceipt: `${base}/receipts/rec-1`,
      listAudit: `${base}/audit`,
      isAlive: '/healthz',
      isReady: '/readyz',
      getReceiptKeys: '/.well-known/jwks.json',
      getPageConfig: '/page-config.json',
    };
    for (const [operationId, path] of Object.entries(paths)) {
      const answer = await h.request.get(path).set(h.as('member'));
      expect([path, answer.status]).toEqual([path, 200]);
      const schema = h.routes.find((route) => route.operationId === operationId)?.answers[200]
        ?.schema;
      expect(schema).toBeDefined();
      const strict = schema instanceof z.ZodObject && operationId !== 'getReceiptKeys';
      const parsed = (strict ? schema.strict() : (schema as z.ZodType)).safeParse(answer.body);
      expect([path, parsed.error?.issues ?? []]).toEqual([path, []]);
    }
  });

  it('never holds a link, sealed or not, or the candidate', async () => {
    const h = filled();
    for (const path of ['/interviews', '/interviews/int-1']) {
      const answer = await h.request.get(base + path).set(h.as('owner'));
      expect(answer.text).not.toMatch(/sealed-link|room-1|cand-1|gen-1/);
    }
  });

  it('goes through a list page by page, each item once', async () => {
    const h = harness();
    h.world.installations.push(installationDoc());
    // Equal titles: the id decides.
    for (let n = 0; n < 7; n += 1) h.world.jobs.push(jobDoc({ jobId: `job-${n}`, title: 'Same' }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const answer = await h.request
        .get(`${base}/jobs`)
        .query({ limit: 3, ...(cursor && { cursor }) })
        .set(h.as('member'));
      seen.push(...answer.body.items.map(({ jobId }: { jobId: string }) => jobId));
      cursor = answer.body.nextCursor ?? '';
    } while (cursor !== '');
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `job-${n}`));
  });

  it('hands the filters of interviews on, times in both notations', async () => {
    const h = filled();
    const ids = async (query: object) => {
      const answer = await h.request.get(`${base}/interviews`).query(query).set(h.as('member'));
      return answer.body.items.map(({ interviewId }: { interviewId: string }) => interviewId);
    };
    expect(await ids({ from: noon + 5_000_000 })).toEqual(['int-2']);
    expect(await ids({ to: new Date(noon + 5_000_000).toISOString() })).toEqual(['int-1']);
    expect(await ids({ verdict: 'skip' })).toEqual([]);
    expect(await ids({ jobId: 'job-2' })).toEqual([]);
  });

  it('does not list a removed role', async () => {
    const h = filled();
    const list = await h.request.get(`${base}/roles`).set(h.as('member'));
    expect(list.body.items.map(({ jobId }: { jobId: string }) => jobId)).toEqual(['job-1']);
    expect((await h.request.get(`${base}/roles/job-gone`).set(h.as('member'))).status).toBe(404);
  });

  it('gives the version as ETag', async () => {
    const h = filled();
    const role = await h.request.get(`${base}/roles/job-1`).set(h.as('member'));
    expect(role.headers.etag).toBe('"3"');
    expect(role.headers['cache-control']).toBe('no-store');
  });
});

describe('an interview', () => {
  async function shown(part: Parameters<typeof interviewDoc>[0], h = harness()) {
    h.world.installations.push(installationDoc());
    h.world.interviews.push(interviewDoc(part));
    const answer = await h.request.get(`${base}/interviews/int-1`).set(h.as('member'));
    return answer.body;
  }

  it('merges what is planned with how far each session came, and keeps former sessions', async () => {
    const startsAt = noon + 3_600_000;
    const progress = {
      state: 'recording' as const,
      outcome: null,
      reason: null,
      plannedAt: noon,
      requestedAt: noon + 1,
      joinedAt: noon + 2,
      recordingStartedAt: noon + 3,
      endedAt: null,
      outcomeAt: null,
      attempt: 1,
      botId: null,
      roomKey: 'room-1',
      startsAt,
      endsAt: startsAt + 1,
    };
    const body = await shown({
      progress: {
        a: { ...progress, sessionId: 'int-1-s1' },
        b: {
          ...progress,
          sessionId: 'former',
          startsAt: noon,
          state: 'ended',
          outcome: 'missed',
          reason: 'lobby_timeout',
        },
      },
    });
    expect(body.sessions).toEqual([
      expect.objectContaining({ sessionId: 'former', provider: null, outcome: 'missed' }),
      expect.objectContaining({
        sessionId: 'int-1-s1',
        provider: 'zoom',
        state: 'recording',
        joinedAt: noon + 2,
      }),
    ]);
    expect(body.sessions[0].attempt).toBeUndefined();
  });

  it('says that a session waits when nothing was done for it', async () => {
    const body = await shown({});
    expect(body.sessions).toEqual([
      expect.objectContaining({ state: 'waiting', outcome: null, plannedAt: null }),
    ]);
  });

  it('tells a person’s remark, and nothing when it cannot be opened', async () => {
    const h = harness();
    const context = { collection: 'choices', document: 'acme', field: 'int-1' };
    const choice = (sealedReason: string) => ({
      action: 'skip' as const,
      by: 'user-admin',
      at: noon,
      sealedReason,
    });
    const sealed = h.vault.seal({ plaintext: 'Asked by phone', context });
    expect((await shown({ choice: choice(sealed) }, h)).choice).toEqual({
      action: 'skip',
      by: 'user-admin',
      at: noon,
      reason: 'Asked by phone',
    });
    expect((await shown({ choice: choice('v1.x.y.z') })).choice.reason).toBeNull();
  });

  it('says that the candidate declined', async () => {
    const body = await shown({ decision: decisionFor('declined') });
    expect(body.consent).toEqual({ mode: 'notice', state: 'declined' });
  });
});

describe('beside the organization', () => {
  it('publishes the keys that receipts are signed with', async () => {
    const h = harness();
    const answer = await h.request.get('/.well-known/jwks.json');
    const jws = await createReceiptSigner({ keys: keyRing('r1', 2) }).sign({ receiptId: 'rec-1' });
    const { payload } = await compactVerify(jws, createLocalJWKSet(answer.body));
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ receiptId: 'rec-1' });
    expect(answer.text).not.toContain('"d"');
  });

  it('writes one line for each answer, with ids and without the query', async () => {
    const h = filled();
    h.world.changes.push(changeDoc({ seq: 1 }));
    const answer = await h.request
      .get(`${base}/jobs?q=Jane%20Doe`)
      .set(h.as('member'))
      .set('x-request-id', 'caller-id-1');
    expect(answer.headers['x-request-id']).toBe('caller-id-1');
    const line = h.logLines.find((text) => text.includes('caller-id-1')) ?? '{}';
    expect(JSON.parse(line).req).toEqual({
      id: 'caller-id-1',
      method: 'GET',
      path: `${base}/jobs`,
    });
    expect(h.logLines.join('')).not.toMatch(/Jane|Bearer/);
  });

  it('makes a request id of its own in place of one that could break a log', async () => {
    const h = harness();
    const answer = await h.request.get('/healthz').set('x-request-id', 'a b"c');
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
