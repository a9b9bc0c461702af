import type { InterviewDoc } from '../../common/read-model/documents.js';
import { interviewerHash, optOutUrl, signLink } from '../../common/signed-links.js';
import { installationDoc, interviewDoc, noon } from './support/documents.js';
import { type Harness, harness, webhookSecret } from './support/harness.js';

const hour = 3_600_000;
const userId = '57a9d1f5e4b09f2ab5b9aa01';

function interview(interviewId: string, part: Partial<InterviewDoc> & { who?: string[] } = {}) {
  const { who = [userId], ...others } = part;
  const doc = interviewDoc({ interviewId, ...others });
  const timeslots = [
    ...[{ timeslotId: 's', startsAt: doc.startsAt, endsAt: doc.endsAt, interviewerIds: who }],
  ].map((slot) => ({ ...slot, title: null, interviewType: null, roomKey: null }));
  return { ...doc, timeslots };
}

function filled(...interviews: InterviewDoc[]): Harness {
  const h = harness();
  h.world.installations.push(installationDoc());
  h.world.interviews.push(...interviews);
  return h;
}

function pathOf({ keyedHash }: Harness, person = { orgId: 'acme', userId }): string {
  const url = optOutUrl({ keyedHash, publicUrl: 'https://pillar.test', ...person, now: noon });
  return new URL(url).pathname;
}

const idOf = ({ keyedHash }: Harness) =>
  `acme/${interviewerHash(keyedHash, { orgId: 'acme', userId })}`;

const refreshed = ({ gateway }: Harness) =>
  gateway.sent.map(({ name, command }) => [name, command.target]);

describe('an interviewer’s own page', () => {
  it('changes nothing when it is looked at, by a person or by a mail program', async () => {
    const h = filled(interview('one'));
    const answer = await h.request.get(pathOf(h));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Keep the notetaker out of all your interviews?');
    expect(answer.text).toContain('action="?answer=out"');
    expect(answer.headers).toMatchObject({
      ...{ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    });
    expect(h.world.optOuts).toEqual([]);
    expect(h.gateway.sent).toEqual([]);
  });

  it('keeps their no under a hash, and has their interviews decided anew at once', async () => {
    const h = filled(
      interview('running', { startsAt: noon - hour, endsAt: noon + hour }),
      interview('over', { startsAt: noon - 2 * hour, endsAt: noon - hour }),
      interview('soon', { who: ['somebody', userId] }),
      interview('of-others', { who: ['somebody'] }),
    );
    const answer = await h.request.post(`${pathOf(h)}?answer=out`);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('The notetaker stays out of your interviews');
    expect(h.world.optOuts).toEqual([{ _id: idOf(h), orgId: 'acme', at: noon }]);
    expect(refreshed(h)).toEqual([
      ['refresh', { kind: 'interview', interviewId: 'running' }],
      ['refresh', { kind: 'interview', interviewId: 'soon' }],
    ]);
    expect((await h.request.get(pathOf(h))).text).toContain('Let it in again');
  });

  it('lets the notetaker in again; what is said twice is looked at twice, and stored once', async () => {
    const h = filled(interview('one'));
    const path = pathOf(h);
    for (const answer of ['out', 'out', 'in', 'in']) {
      expect((await h.request.post(`${path}?answer=${answer}`)).status).toBe(200);
    }
    expect(h.world.optOuts).toEqual([]);
    expect(refreshed(h).length).toBe(4);
  });

  it('has the ten nearest decided at once, and no more than Temporal takes', async () => {
    const many = Array.from({ length: 14 }, (_, n) =>
      interview(`int-${n}`, { startsAt: noon + (n + 1) * hour, endsAt: noon + (n + 2) * hour }),
    );
    const h = filled(...many);
    await h.request.post(pathOf(h));
    expect(refreshed(h).length).toBe(10);

    const away = filled(...many);
    away.gateway.isAway = true;
    expect((await away.request.post(pathOf(away))).status).toBe(200);
    expect(away.world.optOuts.length).toBe(1);
  });

  it('holds without an installation, since it outlives every one', async () => {
    const h = harness();
    expect((await h.request.post(pathOf(h))).status).toBe(200);
    expect(h.world.optOuts.length).toBe(1);
  });

  it('opens for nobody with another token', async () => {
    const h = filled(interview('one'));
    const path = pathOf(h);
    const choice = signLink(h.keyedHash, {
      ...{ kind: 'choice', orgId: 'acme', generation: 'gen-1', interviewId: 'one' },
      ...{ action: 'skip', by: 'link:alert', until: noon + hour },
    });
    const wrong = [`${path}x`, `${path.slice(0, -2)}AA`, '/opt-out/x', `/opt-out/${choice}`];
    for (const one of wrong) {
      for (const method of ['get', 'post'] as const) {
        const answer = await h.request[method](one);
        expect([answer.status, answer.text.includes('no longer works')]).toEqual([404, true]);
      }
    }
    h.clock.now = noon + 400 * 24 * hour;
    expect((await h.request.post(path)).status).toBe(404);
    expect(h.world.optOuts).toEqual([]);
  });

  it('takes no other answer, and says so when the store is away', async () => {
    const h = filled(interview('one'));
    const path = pathOf(h);
    expect((await h.request.post(`${path}?answer=maybe`)).status).toBe(400);
    h.world.isStoreAway = true;
    expect((await h.request.post(path)).status).toBe(503);
  });

  it('leaves no token and no id of a person in the log', async () => {
    const h = filled(interview('one'));
    const path = pathOf(h);
    await h.request.get(path);
    await h.request.post(path);
    await h.request.post(`${path}?answer=maybe`);
    const log = h.logLines.join('');
    const token = path.split('/').at(-1) ?? '';
    for (const secret of [token, userId, webhookSecret]) expect(log).not.toContain(secret);
  });
});
