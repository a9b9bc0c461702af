import type { ChoiceLink } from '../../common/signed-links.js';
import { signLink } from '../../common/signed-links.js';
import { decisionFor } from '../../workflows/contracts/decision.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import { installationDoc, interviewDoc, noon } from './support/documents.js';
import { doneWith } from './support/fakes.js';
import { type Harness, harness } from './support/harness.js';

let h: Harness;

beforeEach(() => {
  h = harness();
  h.world.installations.push(installationDoc());
  h.world.interviews.push(interviewDoc());
});

const { interviewId } = interviewDoc();

function tokenFor(change: Partial<ChoiceLink> = {}): string {
  return signLink(h.keyedHash, {
    kind: 'choice',
    orgId: 'acme',
    generation: 'gen-1',
    interviewId,
    action: 'skip',
    by: 'link:alert',
    until: noon + 60_000,
    ...change,
  });
}

const get = (token: string) => h.request.get(`/l/${token}`);
const post = (token: string) => h.request.post(`/l/${token}`);
const choose = (choice: { action: 'join' | 'skip' } | null) => {
  const [doc] = h.world.interviews;
  if (doc === undefined) throw new Error('no interview');
  doc.choice = choice && { ...choice, by: 'user-owner', at: noon, sealedReason: null };
  doc.version += 1;
};

describe('a link that leads nowhere', () => {
  const dead: [string, () => string][] = [
    ['is no token', () => 'nonsense'],
    ['has expired', () => tokenFor({ until: noon })],
    ['belongs to an earlier life', () => tokenFor({ generation: 'gen-0' })],
    ['is of an interview that is gone', () => tokenFor({ interviewId: 'other' })],
    ['is of another organization', () => tokenFor({ orgId: 'globex' })],
    [
      'is for opting out',
      () =>
        signLink(h.keyedHash, { kind: 'opt_out', orgId: 'acme', userHash: 'x', until: noon + 1 }),
    ],
  ];

  it.each(dead)('says so kindly and does nothing when it %s', async (_why, token) => {
    for (const answer of [await get(token()), await post(token())]) {
      expect(answer.status).toBe(404);
      expect(answer.type).toBe('text/html');
      expect(answer.text).toContain('no longer works');
    }
    expect(h.gateway.sent).toEqual([]);
  });

  it('says so as well when the installation refuses it as gone', async () => {
    h.gateway.answer = () => ({
      kind: 'failed',
      failure: { type: failureTypes.notInstalled, message: '', bodyDigest: null },
    });
    expect((await post(tokenFor())).status).toBe(404);
  });

  it('asks to try again while commands are not taken', async () => {
    h.gateway.isAway = true;
    const answer = await post(tokenFor());
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10']);
    expect(answer.text).toContain('Nothing was changed');
  });

  it('answers 503 while the store is away', async () => {
    h.world.isStoreAway = true;
    expect((await get(tokenFor())).status).toBe(503);
  });
});

describe('a link', () => {
  it('shows one button and changes nothing when it is looked at', async () => {
    const answer = await get(tokenFor());
    expect(answer.status).toBe(200);
    expect(answer.text.match(/<button/g)).toHaveLength(1);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(h.gateway.sent).toEqual([]);
  });

  it.each([
    ['send_now', 'join', 'link:alert'],
    ['skip', 'skip', 'link:alert'],
    ['not_this_one', 'skip', 'interviewer'],
  ] as const)('%s is the command %s, by %s', async (action, command, by) => {
    const answer = await post(tokenFor({ action, by }));
    expect(answer.status).toBe(200);
    expect(h.gateway.sent).toMatchObject([
      {
        name: 'choose',
        orgId: 'acme',
        command: { interviewId, action: command, meta: { by: { subject: by, role: 'admin' } } },
      },
    ]);
  });

  it('is one command however often it is clicked, and another one after an undo', async () => {
    const token = tokenFor();
    await post(token);
    await post(token);
    const ids = () => h.gateway.sent.map(({ command }) => command.meta.commandId);
    expect(new Set(ids()).size).toBe(1);

    choose({ action: 'skip' });
    expect((await post(token)).status).toBe(200);
    expect(h.gateway.sent).toHaveLength(2);

    choose(null);
    await post(token);
    expect(new Set(ids()).size).toBe(2);
  });

  it('offers the way back, which leaves it to the rules again', async () => {
    const answer = await post(tokenFor());
    const undo = /action="([\w-]+)"/.exec(answer.text)?.[1] ?? '';
    choose({ action: 'skip' });
    const undone = await post(undo);
    expect([undone.status, undone.text.includes('<form')]).toEqual([200, false]);
    expect(h.gateway.sent.at(-1)?.command).toMatchObject({ action: 'reset' });
  });

  it('does not promise a notetaker that something else keeps out', async () => {
    const [doc] = h.world.interviews;
    if (doc === undefined) throw new Error('no interview');
    doc.decision = decisionFor('will_join');
    expect((await post(tokenFor({ action: 'send_now' }))).text).toContain('on its way');
    doc.decision = decisionFor('declined');
    const { text } = await post(tokenFor({ action: 'send_now' }));
    expect(text).toContain('The candidate declined to be recorded.');
    expect(text).not.toContain('on its way');
  });

  it('says that it is on it when the command takes longer', async () => {
    h.gateway.answer = () => ({ kind: 'pending' });
    expect((await post(tokenFor())).status).toBe(202);
  });

  it('leaves its token in no log, whatever happens', async () => {
    const token = tokenFor();
    await get(token);
    await post(token);
    h.gateway.answer = () => {
      throw new Error(`a fault at /l/${token} and https://pillar.example/l/${token}`);
    };
    expect((await post(token)).status).toBe(500);
    expect(h.logLines.length).toBeGreaterThan(0);
    expect(h.logLines.join('\n')).not.toContain(token);
  });

  it('meets the answer of a command that another click is running', async () => {
    h.gateway.answer = (sent) => doneWith(sent);
    const [one, other] = await Promise.all([post(tokenFor()), post(tokenFor())]);
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(new Set(h.gateway.sent.map(({ command }) => command.meta.commandId)).size).toBe(1);
  });
});
