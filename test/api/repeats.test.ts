import type { CommandOutcome } from '../../api/temporal-gateway.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
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

describe('repeating a command with its key', () => {
  const key = { 'idempotency-key': 'key-1' };
  const change = { enabled: true };

  it('sends the same update id for the same method, path and key, and another for any other', async () => {
    const h = installed();
    const put = (path: string, name: string) =>
      h.request
        .put(base + path)
        .set(h.as('owner'))
        .set('idempotency-key', name)
        .send(change);
    await put('/roles/job-1', 'key-1');
    await put('/roles/job-1', 'key-1');
    await put('/roles/job-1', 'key-2');
    await put('/roles/job-2', 'key-1');
    await h.request.put(`${base}/roles/job-1`).set(h.as('owner')).send(change);
    await h.request.put(`${base}/roles/job-1`).set(h.as('owner')).send(change);
    const ids = h.gateway.sent.map(({ command }) => command.meta.commandId);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(5);
  });

  it('answers from the stored outcome without sending again', async () => {
    const h = installed();
    await h.request.put(`${base}/roles/job-1`).set(h.as('owner')).set(key).send(change);
    const [sent] = h.gateway.sent;
    if (sent === undefined) throw new Error('nothing was sent');
    const { commandId, bodyDigest } = sent.command.meta;
    h.world.commands.push(commandDoc({ commandId, bodyDigest }));
    h.gateway.isAway = true;
    const repeat = await h.request
      .put(`${base}/roles/job-1`)
      .set(h.as('owner'))
      .set(key)
      .send(change);
    expect([repeat.status, repeat.body.jobId]).toEqual([200, 'job-1']);

    const other = await h.request
      .put(`${base}/roles/job-1`)
      .set(h.as('owner'))
      .set(key)
      .send({ enabled: false });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect(h.gateway.sent).toHaveLength(1);
  });

  it('answers a stored refusal again', async () => {
    const h = installed();
    h.gateway.answer = () => failedWith(failureTypes.jobNotFound);
    await h.request.put(`${base}/roles/job-9`).set(h.as('owner')).set(key).send(change);
    const meta = h.gateway.sent[0]?.command.meta;
    if (meta === undefined) throw new Error('nothing was sent');
    h.world.commands.push(
      commandDoc({
        commandId: meta.commandId,
        bodyDigest: meta.bodyDigest,
        state: 'failed',
        result: null,
        failure: { type: failureTypes.jobNotFound, message: 'no' },
      }),
    );
    h.gateway.answer = (sent) => doneWith(sent);
    const repeat = await h.request
      .put(`${base}/roles/job-9`)
      .set(h.as('owner'))
      .set(key)
      .send(change);
    expect([repeat.status, repeat.body.code]).toEqual([404, 'job_not_found']);
    expect(h.gateway.sent).toHaveLength(1);
  });

  it('forgets an outcome after its time', async () => {
    const h = installed();
    await h.request.put(`${base}/roles/job-1`).set(h.as('owner')).set(key).send(change);
    const meta = h.gateway.sent[0]?.command.meta;
    if (meta === undefined) throw new Error('nothing was sent');
    const { commandId } = meta;
    h.world.commands.push(commandDoc({ commandId, expiresAt: new Date(noon - 1) }));
    await h.request.put(`${base}/roles/job-1`).set(h.as('owner')).set(key).send(change);
    expect(h.gateway.sent).toHaveLength(2);
  });

  it('finds out another body by what the workflow had accepted', async () => {
    const h = installed();
    const digest = h.digests.ofBody({ enabled: false });
    h.gateway.answer = (sent) => doneWith(sent, { bodyDigest: digest });
    const done = await h.request
      .put(`${base}/roles/job-1`)
      .set(h.as('owner'))
      .set(key)
      .send(change);
    expect([done.status, done.body.code]).toEqual([422, 'idempotency_key_reused']);
    h.gateway.answer = () => failedWith(failureTypes.jobNotFound, digest);
    const refused = await h.request
      .put(`${base}/roles/job-1`)
      .set(h.as('owner'))
      .set(key)
      .send(change);
    expect([refused.status, refused.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('stores the upload of repeated connects once', async () => {
    const h = harness();
    h.gateway.answer = () => ({ kind: 'pending' });
    const connect = () => h.request.put(base).set(h.as('owner')).set(key).send(credential);
    await connect();
    await connect();
    expect(h.world.uploads).toHaveLength(1);
    const refs = h.gateway.sent.map(({ command }) => command.credentialRef);
    expect(new Set(refs).size).toBe(1);
  });
});
