import type { CommandOutcome } from '../../api/temporal-gateway.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import { installationDoc, interviewDoc, noon, roleDoc } from './support/documents.js';
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

describe('connecting', () => {
  it('stores the credential sealed before it commands, and never shows it', async () => {
    const h = harness();
    h.gateway.answer = (sent) => {
      expect(h.world.uploads).toHaveLength(1);
      h.world.installations.push(installationDoc());
      return doneWith(sent);
    };
    const answer = await h.request.put(base).set(h.as('owner')).send(credential);
    expect(answer.status).toBe(200);
    expect(answer.body.state).toBe('active');

    const [upload] = h.world.uploads;
    if (upload === undefined) throw new Error('nothing was stored');
    expect(upload).toMatchObject({ orgId: 'acme', state: 'uploaded' });
    expect(upload.expiresAt?.getTime()).toBe(noon + 3_600_000);
    const opened = h.vault.open({
      sealed: upload.sealed,
      context: { collection: 'credentials', document: upload._id, field: 'sealed' },
    });
    expect(JSON.parse(opened)).toEqual({
      clientId: 'client-7f3a',
      clientSecret: 'very-secret-9d1c',
    });
    expect(h.gateway.sent[0]?.command.credentialRef).toBe(upload._id);

    const everything = [
      answer.text,
      JSON.stringify(answer.headers),
      JSON.stringify(h.gateway.sent),
      JSON.stringify(h.world),
      h.logLines.join(''),
    ].join('\n');
    expect(h.logLines.length).toBeGreaterThan(0);
    expect(everything).not.toContain('very-secret-9d1c');
    expect(everything).not.toContain('client-7f3a');
  });

  it('keeps the secret out of answers and logs on every way to fail', async () => {
    const outcomes: CommandOutcome[] = [
      failedWith(failureTypes.credentialsRejected),
      failedWith('Surprise'),
      { kind: 'unavailable' },
      { kind: 'pending' },
    ];
    for (const outcome of outcomes) {
      const h = harness();
      h.gateway.answer = () => outcome;
      const answer = await h.request.put(base).set(h.as('owner')).send(credential);
      const malformed = await h.request
        .put(base)
        .set(h.as('owner'))
        .set('content-type', 'application/json')
        .send('{"clientId":"client-7f3a","clientSecret":"very-secret-9d1c"');
      const wrong = await h.request
        .put(base)
        .set(h.as('owner'))
        .send({ ...credential, 'very-secret-9d1c-field': 1, clientId: ['client-7f3a'] });
      const seen = `${answer.text}${malformed.text}${h.logLines.join('')}`;
      expect(seen).not.toContain('very-secret-9d1c');
      expect(seen).not.toContain('client-7f3a');
      expect(wrong.text).not.toContain('client-7f3a');
      expect(h.logLines.join('')).not.toContain(h.as('owner').authorization.slice(-40));
    }
  });

  it('leaves nothing stored when the credential is rejected', async () => {
    const h = harness();
    h.gateway.answer = () => failedWith(failureTypes.credentialsRejected);
    const answer = await h.request.put(base).set(h.as('owner')).send(credential);
    expect([answer.status, answer.body.code]).toEqual([422, 'credentials_rejected']);
    expect(h.world.uploads).toEqual([]);
  });

  it('keeps the upload of a connect that may still be accepted', async () => {
    const h = harness();
    h.gateway.answer = () => ({ kind: 'unavailable' });
    const answer = await h.request.put(base).set(h.as('owner')).send(credential);
    expect(answer.status).toBe(503);
    expect(h.world.uploads).toHaveLength(1);
  });

  it('answers 202 with the command when validating takes longer', async () => {
    const h = harness();
    h.gateway.answer = () => ({ kind: 'pending' });
    const answer = await h.request.put(base).set(h.as('owner')).send(credential);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ commandId: expect.any(String), state: 'validating' });
    expect(answer.headers.location).toBe(`${base}/commands/${answer.body.commandId}`);
  });

  it('refuses while uninstalling, before anything is stored', async () => {
    const h = installed({ phase: 'uninstalling' });
    const answer = await h.request.put(base).set(h.as('owner')).send(credential);
    expect([answer.status, answer.body.code]).toEqual([409, 'uninstalling']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(h.world.uploads).toEqual([]);
  });
});
