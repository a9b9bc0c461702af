import type { CommandOutcome } from '../../api/temporal-gateway.js';
import { type FailureType, failureTypes } from '../../workflows/contracts/failure-types.js';
import { commandDoc, installationDoc, interviewDoc, noon, roleDoc } from './support/documents.js';
import { doneWith } from './support/fakes.js';
import { base, type Harness, harness } from './support/harness.js';

const credential = { clientId: ' client-7f3a ', clientSecret: ' very-secret-9d1c\n' };

function installed(part: Parameters<typeof installationDoc>[0] = {}): Harness {
  const h = harness();
  h.world.installations.push(installationDoc(part));
  h.world.roles.push(roleDoc());
  h.world.interviews.push(interviewDoc());
  return h;
}

function failedWith(type: string, bodyDigest: string | null = null): CommandOutcome {
  return { kind: 'failed', failure: { type, message: 'internal words', bodyDigest } };
}

describe('what a workflow refuses', () => {
  const expected: Record<FailureType, [status: number, code: string]> = {
    [failureTypes.notInstalled]: [409, 'not_installed'],
    [failureTypes.uninstalling]: [409, 'uninstalling'],
    [failureTypes.credentialsRejected]: [422, 'credentials_rejected'],
    [failureTypes.differentCompany]: [409, 'different_company'],
    [failureTypes.vendorUnavailable]: [503, 'vendor_unavailable'],
    [failureTypes.jobNotFound]: [404, 'job_not_found'],
    [failureTypes.interviewNotFound]: [404, 'interview_not_found'],
    [failureTypes.roleNotFound]: [404, 'role_not_found'],
    [failureTypes.versionMismatch]: [412, 'version_mismatch'],
    [failureTypes.consentNeedsCandidateEmails]: [422, 'consent_needs_candidate_emails'],
    [failureTypes.linkUnreadable]: [422, 'link_unreadable'],
    [failureTypes.providerAuth]: [422, 'credentials_rejected'],
    [failureTypes.providerScope]: [503, 'vendor_unavailable'],
    [failureTypes.providerNotFound]: [503, 'vendor_unavailable'],
    [failureTypes.providerRejected]: [503, 'vendor_unavailable'],
    [failureTypes.providerThrottled]: [503, 'vendor_unavailable'],
    [failureTypes.providerUnavailable]: [503, 'vendor_unavailable'],
    [failureTypes.providerContract]: [503, 'vendor_unavailable'],
    [failureTypes.storeUnavailable]: [503, 'store_unavailable'],
    [failureTypes.stillRunning]: [503, 'commands_unavailable'],
  };

  it.each(Object.entries(expected))('%s', async (type, [status, code]) => {
    const h = installed();
    h.gateway.answer = () => failedWith(type);
    const answer = await h.request
      .put(`${base}/roles/job-1`)
      .set(h.as('owner'))
      .send({ enabled: true });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.text).not.toContain('internal words');
    const waits = status === 503 || code === 'uninstalling';
    expect(answer.headers['retry-after'] !== undefined).toBe(waits);
  });

  it('a failure without a name of ours is our fault', async () => {
    const h = installed();
    h.gateway.answer = () => failedWith('Surprise');
    const answer = await h.request.post(`${base}/pause`).set(h.as('owner'));
    expect([answer.status, answer.body.code]).toEqual([500, 'internal_error']);
  });
});

describe('while something is down', () => {
  it('answers commands with 503 and Retry-After when Temporal is away, and reads as before', async () => {
    const h = installed();
    h.gateway.isAway = true;
    const command = await h.request.post(`${base}/pause`).set(h.as('owner'));
    expect([command.status, command.body.code]).toEqual([503, 'commands_unavailable']);
    expect(Number(command.headers['retry-after'])).toBeGreaterThan(0);
    for (const path of [
      '',
      '/roles',
      '/jobs',
      '/interviews',
      '/interviews/int-1',
      '/health',
      '/audit',
    ]) {
      expect((await h.request.get(base + path).set(h.as('member'))).status).toBe(200);
    }
    const ready = await h.request.get('/readyz');
    expect([ready.status, ready.body]).toEqual([
      503,
      { ready: false, checks: { temporal: false, mongodb: true } },
    ]);
  });

  it('answers everything with 503 and Retry-After when MongoDB is away', async () => {
    const h = installed();
    h.world.isStoreAway = true;
    for (const path of ['', '/roles', '/jobs', '/interviews', '/health', '/audit', '/events']) {
      const answer = await h.request.get(base + path).set(h.as('member'));
      expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'store_unavailable']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    const command = await h.request.put(base).set(h.as('owner')).send(credential);
    expect([command.status, command.body.code]).toEqual([503, 'store_unavailable']);
    expect(h.gateway.sent).toEqual([]);
    expect((await h.request.get('/healthz')).status).toBe(200);
  });
});

describe('without an installation', () => {
  it.each([
    ['patch', '/settings'],
    ['post', '/validate'],
    ['post', '/pause'],
    ['post', '/resume'],
    ['post', '/mail/confirm'],
    ['delete', ''],
    ['delete', '/roles/job-1'],
    ['post', '/roles/job-1/refresh'],
    ['post', '/interviews/int-1/skip'],
    ['post', '/interviews/int-1/refresh'],
  ] as const)('%s %s answers 409', async (method, path) => {
    const h = harness();
    const answer = await h.request[method](base + path).set(h.as('owner'));
    expect([answer.status, answer.body.code]).toEqual([409, 'not_installed']);
    expect(h.gateway.sent).toEqual([]);
  });

  it('shows an installation that is not there, with its defaults', async () => {
    const h = harness();
    const answer = await h.request.get(base).set(h.as('member'));
    expect(answer.body).toMatchObject({
      orgId: 'acme',
      state: 'not_installed',
      captureMode: 'choose_jobs',
      settings: { notetakerName: 'Pillar Notetaker', consent: { mode: 'notice' } },
      version: 0,
    });
    for (const path of ['/jobs', '/roles', '/interviews']) {
      const list = await h.request.get(base + path).set(h.as('member'));
      expect(list.body).toMatchObject({ items: [], nextCursor: null });
    }
  });
});

describe('what a command carries', () => {
  it('who commands, when, and the version it was made for', async () => {
    const h = installed();
    const send = (ifMatch: string) =>
      h.request
        .post(`${base}/interviews/int-1/skip`)
        .set(h.as('admin'))
        .set('if-match', ifMatch)
        .send({});
    for (const ifMatch of ['"5"', '5', 'W/"5"']) await send(ifMatch);
    await send('*');
    const metas = h.gateway.sent.map(({ command }) => command.meta);
    expect(metas[0]).toMatchObject({ by: { subject: 'user-admin', role: 'admin' }, at: noon });
    expect(metas.map(({ ifVersion }) => ifVersion)).toEqual([5, 5, 5, null]);
  });

  it('a remark and a link only sealed', async () => {
    const h = installed();
    const link = 'https://zoom.us/j/123456789?pwd=abc';
    const reason = 'Ms Example asked for it';
    const answer = await h.request
      .post(`${base}/interviews/int-1/join`)
      .set(h.as('admin'))
      .send({ reason, link });
    expect(answer.status).toBe(200);
    const command = h.gateway.sent[0]?.command;
    expect(JSON.stringify(command)).not.toMatch(/zoom|Example/);
    const context = { collection: 'choices', document: 'acme', field: 'int-1' };
    expect(h.vault.open({ sealed: String(command?.sealedReason), context })).toBe(reason);
    expect(h.vault.open({ sealed: String(command?.sealedLink), context })).toBe(link);
    expect(h.logLines.join('')).not.toMatch(/123456789|Example/);
  });

  it('scheduled interviews are included unless said otherwise', async () => {
    const h = installed();
    const put = (body: object) =>
      h.request.put(`${base}/roles/job-1`).set(h.as('owner')).send(body);
    await put({ enabled: true });
    await put({ enabled: true, scheduled: 'exclude' });
    expect(h.gateway.sent.map(({ command }) => command.scheduled)).toEqual(['include', 'exclude']);
  });
});

describe('what is still stopping', () => {
  const stop = { interviewId: 'int-1', jobId: 'job-1', since: noon, reason: 'leaving' as const };
  const shown = { interviewId: 'int-1', since: noon, reason: 'leaving' };

  it.each([
    ['put', '/roles/job-1', { enabled: false }],
    ['delete', '/roles/job-1', {}],
    ['post', '/pause', {}],
    ['patch', '/settings', { engagement: { record: false } }],
  ] as const)('%s %s answers 202 and names it', async (method, path, body) => {
    const h = installed();
    h.gateway.answer = (sent) => doneWith(sent, { stopping: [stop] });
    const answer = await h.request[method](base + path)
      .set(h.as('owner'))
      .send(body);
    expect([answer.status, answer.body.stopping]).toEqual([202, [shown]]);
  });

  it('a skip answers 202 with the interview', async () => {
    const h = installed();
    h.gateway.answer = (sent) => doneWith(sent, { stopping: [stop] });
    const answer = await h.request
      .post(`${base}/interviews/int-1/skip`)
      .set(h.as('admin'))
      .send({});
    expect([answer.status, answer.body.stopping]).toEqual([
      202,
      { since: noon, reason: 'leaving' },
    ]);
  });

  it('a stop of another role does not show on this one', async () => {
    const h = installed();
    h.gateway.answer = (sent) => doneWith(sent, { stopping: [{ ...stop, jobId: 'job-2' }] });
    const answer = await h.request
      .put(`${base}/roles/job-1`)
      .set(h.as('owner'))
      .send({ enabled: false });
    expect([answer.status, answer.body.stopping]).toEqual([200, []]);
  });

  it('an uninstall answers 202 with the receipt, also when asked again', async () => {
    const h = installed();
    h.gateway.answer = (sent) =>
      doneWith(sent, { phase: 'uninstalling', receiptId: 'rec-1', stopping: [stop] });
    const first = await h.request.delete(base).set(h.as('owner'));
    const expected = { state: 'uninstalling', receiptId: 'rec-1', stopping: [shown] };
    expect([first.status, first.body]).toEqual([202, expected]);
    h.world.installations = [
      installationDoc({ phase: 'uninstalling', receiptId: 'rec-1', stopping: [stop] }),
    ];
    const second = await h.request.delete(base).set(h.as('owner'));
    expect([second.status, second.body]).toEqual([202, expected]);
    expect(h.gateway.sent).toHaveLength(1);
  });
});

describe('asking what became of a command', () => {
  it('tells stored outcomes, running commands and unknown ones apart', async () => {
    const h = installed();
    h.world.commands.push(
      commandDoc({ commandId: 'done-1' }),
      commandDoc({
        commandId: 'failed-1',
        state: 'failed',
        result: null,
        failure: { type: failureTypes.credentialsRejected, message: 'internal words' },
      }),
      commandDoc({ commandId: 'foreign-1', _id: 'globex/foreign-1', orgId: 'globex' }),
    );
    h.gateway.known.set('running-1', { kind: 'pending' });
    const read = (id: string) => h.request.get(`${base}/commands/${id}`).set(h.as('member'));
    expect((await read('done-1')).body).toMatchObject({ state: 'completed', problem: null });
    const failed = await read('failed-1');
    expect(failed.body).toMatchObject({
      state: 'failed',
      problem: { code: 'credentials_rejected', status: 422 },
    });
    expect(failed.text).not.toContain('internal words');
    expect((await read('running-1')).body).toMatchObject({ state: 'running' });
    expect((await read('foreign-1')).body.code).toBe('command_not_found');
    h.gateway.isAway = true;
    expect((await read('done-1')).status).toBe(200);
    expect((await read('running-1')).body.code).toBe('commands_unavailable');
  });
});
