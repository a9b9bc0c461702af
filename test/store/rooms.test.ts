import { applyChoice } from '../../activities/installation/choice.js';
import { applyRoleChange } from '../../activities/installation/role-change.js';
import { reconcileInterview } from '../../activities/interviews/reconcile.js';
import { createJoinActivities } from '../../activities/join-interview.js';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';
import { command, createStage, hour, minute, type Stage, vendorInterview } from './stage.js';

const place = 'https://zoom.us/j/83333333333';
let stage: Stage;
let join: ReturnType<typeof createJoinActivities>;
let now: number;

beforeEach(async () => {
  stage = await createStage({ times: protocolTimes });
  join = createJoinActivities(stage.deps);
  await stage.install();
  await stage.addRole('job-1');
  await stage.addRole('job-2');
  now = Date.now();
});

afterEach(() => stage.close());

/** Interviews in one personal room, by their minutes from now. */
async function meets(interviewId: string, from: number, until: number, jobId = 'job-1') {
  const [startsAt, endsAt] = [now + from * minute, now + until * minute];
  const candidateId = `candidate-${interviewId}`;
  return await stage.addInterview(
    vendorInterview(interviewId, { place, startsAt, endsAt, jobId, candidateId }),
  );
}

async function claim(interviewId: string, attempt = 1) {
  const { plan, jobId } = await stage.interview(interviewId);
  const [planned] = plan;
  if (planned?.roomKey == null) throw new Error('no room');
  const { roomKey, startsAt, endsAt } = planned;
  const window = { roomKey, startsAt, endsAt };
  return await join.claimRoom({ ...stage.session(interviewId), jobId, attempt, window });
}

async function at(interviewId: string, attempt = 1) {
  return { ...stage.session(interviewId), attempt, roomKey: await stage.roomOf(interviewId) };
}

async function follow(interviewId: string, attempt = 1) {
  return await join.followBot({ ...(await at(interviewId, attempt)), botId: 'bot-1' });
}

async function change(interviewId: string, fields: object) {
  const key = { ...stage.life, interviewId };
  await stage.deps.collections.interviews.collection.updateOne(key, { $set: fields });
}

const bots = () => [...stage.deps.notetaker.bots.values()];

describe('two interviews that overlap in one room', () => {
  beforeEach(async () => {
    await meets('first', 3, 63);
    await meets('second', 30, 90, 'job-2');
    await claim('first');
    await join.requestBot(await at('first'));
  });

  it('share one bot, which is needed until the last of them ends', async () => {
    expect(await claim('second')).toEqual({
      ...{ kind: 'shared', heldBy: 'first', holderState: 'live', botId: 'bot-1' },
    });

    expect((await follow('first')).neededUntil).toBe(now + 90 * minute);
    expect(await join.requestBot(await at('second'))).toEqual({
      ...{ kind: 'not_sent', why: 'claim_lost' },
    });
    expect(stage.deps.notetaker.created).toHaveLength(1);
  });

  it('a later look of the one that rides along finds the same bot', async () => {
    await claim('second', 1);
    expect(await claim('second', 2)).toMatchObject({ kind: 'shared', botId: 'bot-1' });
    expect(await claim('second', 1)).toEqual({ kind: 'superseded', attempt: 2 });
  });

  it('the bot is handed over when the owner is cancelled, and does not leave', async () => {
    await claim('second', 4);
    await change('first', { goneAt: Date.now() });

    expect(await join.leaveRoom(await at('first'))).toEqual({ kind: 'handed_over' });

    expect(stage.deps.notetaker.removed).toEqual([]);
    expect(stage.deps.workflows.botEvents).toContain('second');
    expect(await claim('second', 5)).toEqual({
      ...{ kind: 'occupied', attempt: 5, botId: 'bot-1' },
    });
    expect(await stage.holder('second')).toMatchObject({ state: 'live', providerBotId: 'bot-1' });
    expect(await stage.holder('first')).toMatchObject({ state: 'free' });
    // What the former owner still has in hand reaches nobody any more.
    await stage.deps.run(() => join.stopBot({ ...stopOf('first'), botId: 'bot-1' }));
    expect(stage.deps.notetaker.removed).toEqual([]);
    expect(await join.leaveRoom(await at('first'))).toEqual({ kind: 'left' });
  });

  const stopOf = (interviewId: string) => ({
    ...{ ...stage.session(interviewId), attempt: 1, roomKey: roomKey() },
  });
  const roomKey = () => String(stage.deps.notetaker.created[0]?.metadata.roomKey);

  it('the bot stays for its owner when the one that rode along is cancelled', async () => {
    await claim('second');
    expect(await join.leaveRoom(await at('second'))).toEqual({ kind: 'left' });

    expect((await follow('first')).neededUntil).toBeNull();
    expect(await join.leaveRoom(await at('first'))).toEqual({ kind: 'alone' });
  });

  it.each([
    ['is cancelled', { goneAt: 1 }],
    ['has moved to another room', { 'plan.0.roomKey': 'elsewhere' }],
  ])('nobody inherits a bot who %s', async (_name, fields) => {
    await claim('second');
    await change('second', fields);

    expect((await follow('first')).neededUntil).toBeNull();
    expect(await join.leaveRoom(await at('first'))).toEqual({ kind: 'alone' });
  });

  it('a role that is turned off leaves the bot to the interview of another role', async () => {
    await claim('second');
    const { stops } = await turnOff('job-1');

    expect(stops).toEqual([]);
    expect(stage.deps.notetaker.removed).toEqual([]);
    expect(await stage.holder('second')).toMatchObject({ state: 'live', providerBotId: 'bot-1' });
  });

  it('a role that is turned off takes only its own interview out of a shared bot', async () => {
    await claim('second');
    expect((await turnOff('job-2')).stops).toEqual([]);

    expect(await stage.holder('first')).toMatchObject({ state: 'live' });
    expect((await follow('first')).neededUntil).toBeNull();
  });

  it('a skip leaves the bot to the other interview', async () => {
    await claim('second');
    const input = { action: 'skip', sealedReason: null, sealedLink: null } as const;
    const { stops } = await applyChoice(stage.deps, {
      ...{ ...stage.life, interviewId: 'first', epoch: 7, command: command(), ...input },
    });

    expect(stops).toEqual([]);
    expect(await stage.holder('second')).toMatchObject({ state: 'live' });
  });

  it('an off of both roles stops the bot', async () => {
    await claim('second');
    await turnOff('job-1', 5);
    const { stops } = await turnOff('job-2', 6);

    expect(stops).toMatchObject([{ interviewId: 'second', holderState: 'stopping' }]);
    expect(await stage.holder('second')).toMatchObject({ state: 'stopping' });
  });

  async function turnOff(jobId: string, epoch = 5) {
    return await applyRoleChange(stage.deps, {
      ...{ ...stage.life, jobId, epoch, command: command() },
      change: { kind: 'set', enabled: false, scheduled: 'include' },
    });
  }
});

describe('an interview that forbids', () => {
  beforeEach(async () => {
    await meets('here', 3, 63);
    await meets('private', 30, 90, 'job-2');
  });

  const forbid = () => change('private', { confidential: true });

  it('keeps the bot of another interview out of its room and time', async () => {
    await forbid();

    expect(await claim('here')).toEqual({ kind: 'room_forbidden' });
    expect(await stage.holder('here')).toMatchObject({ state: 'free' });
  });

  it('does so although its own role is off, and its own interview skipped', async () => {
    await forbid();
    const off = { enabled: false };
    await stage.deps.collections.roles.updateOne({ _id: `${stage.life.orgId}/job-2` }, off);
    await change('private', {
      choice: { action: 'skip', by: 'owner-1', at: 1, sealedReason: null },
    });

    expect(await claim('here')).toEqual({ kind: 'room_forbidden' });
  });

  it('is looked for again between the begin of a request and its sending', async () => {
    await claim('here');
    stage.deps.at.request_begun = forbid;

    expect(await join.requestBot(await at('here'))).toEqual({ kind: 'not_sent', why: 'fenced' });
    expect(stage.deps.notetaker.created).toEqual([]);
  });

  it('acts as an off on a bot that is there when it appears', async () => {
    await claim('here');
    await join.requestBot(await at('here'));
    await forbid();

    expect(await follow('here')).toMatchObject({ stopping: true });
    expect(await stage.holder('here')).toMatchObject({ state: 'stopping' });
  });

  it('wakes the join of who has the room once it is decided', async () => {
    await claim('here');
    await forbid();
    const key = { ...stage.life, interviewId: 'private' };
    await reconcileInterview(stage.deps, key);

    expect(stage.deps.workflows.botEvents).toEqual(['here']);
    await reconcileInterview(stage.deps, key);
    expect(stage.deps.workflows.botEvents).toEqual(['here']);
  });

  it('forbids nothing before or after it, nor in another room', async () => {
    await change('private', { confidential: true, 'plan.0.startsAt': now + 63 * minute });
    expect(await claim('here')).toEqual({ kind: 'claimed' });
  });

  it('that was only skipped keeps nobody out', async () => {
    await change('private', {
      choice: { action: 'skip', by: 'owner-1', at: 1, sealedReason: null },
    });
    expect(await claim('here')).toEqual({ kind: 'claimed' });
  });
});

describe('back-to-back interviews in a personal room', () => {
  it('have two bots, one after the other', async () => {
    await meets('before', -57, 1);
    await meets('after', 1, 61);
    await claim('before');
    await join.requestBot(await at('before'));

    expect(await claim('after')).toEqual({ kind: 'claimed' });
    expect(await join.requestBot(await at('after'))).toEqual({ kind: 'room_occupied' });
    expect(await follow('before')).toMatchObject({ leaveForNext: true, neededUntil: null });
    const before = await at('before');
    expect(await join.leaveRoom(before)).toEqual({ kind: 'alone' });
    await stage.deps.run(() => join.stopBot({ ...before, botId: 'bot-1' }));
    expect(await join.requestBot(await at('after'))).toMatchObject({ kind: 'sent' });

    expect(bots().filter(({ state }) => state !== 'ended')).toHaveLength(1);
    expect(stage.deps.notetaker.created).toHaveLength(2);
  });
});

describe('an interview that follows in the room without a notetaker', () => {
  it('begins without the bot of the one before it, whatever is decided about it', async () => {
    await meets('before', -57, 1);
    await meets('after', 1, 61, 'job-2');
    await claim('before');
    await join.requestBot(await at('before'));
    await stage.deps.collections.roles.updateOne(
      { _id: `${stage.life.orgId}/job-2` },
      { enabled: false },
    );
    expect(await follow('before')).toMatchObject({ leaveForNext: true });

    await change('after', { goneAt: 1 });
    expect(await follow('before')).toMatchObject({ leaveForNext: false });
  });
});

describe('a provider whose key names the room', () => {
  beforeEach(async () => {
    const { notetaker } = stage.deps;
    notetaker.capabilities = { ...notetaker.capabilities, keyScope: 'room' };
    await meets('one', 3, 63);
    await claim('one');
    notetaker.onCreate = async (_request, made) => {
      if (found !== null) notetaker.add({ key: keyOfRoom(), metadata: found });
      else made();
      throw new Error('a bot with this key exists already');
    };
  });

  let found: Record<string, string> | null = null;
  const keyOfRoom = () => stage.deps.notetaker.created[0]?.key ?? '';

  it('is given that key, with the rest in the metadata', async () => {
    found = null;
    expect(await join.requestBot(await at('one'))).toEqual({ kind: 'unknown' });

    const roomKey = await stage.roomOf('one');
    expect(keyOfRoom()).toBe(`test:${stage.life.orgId}:${roomKey}`);
    expect(await stage.deps.run(async () => join.resolveRequest(await at('one')))).toEqual({
      ...{ kind: 'found', botId: 'bot-1' },
    });
  });

  it('no bot is adopted that another request made', async () => {
    found = { generation: 'life-1', sessionId: 'slot-one', attempt: '7' };
    expect(await join.requestBot(await at('one'))).toEqual({ kind: 'unknown' });
    const { deps } = stage;
    const rooms = deps.collections.claims.collection;
    const past = Date.now() - hour;
    await rooms.updateOne(
      { orgId: stage.life.orgId },
      { $set: { 'holders.0.requestDeadlineAt': past } },
    );

    expect(await deps.run(async () => join.resolveRequest(await at('one')))).toEqual({
      kind: 'no_bot',
    });
  });
});
