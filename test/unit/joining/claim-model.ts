import * as claimRules from '../../../activities/joining/claim-rules.js';
import type { ClaimDoc, ClaimHolder, Epochs } from '../../../common/read-model/documents.js';
import { protocolTimes } from '../../../workflows/contracts/protocol-times.js';

/**
 * A small deterministic model of `docs/protocols.md` 3 to 5: joiners, a commander, a settler and an
 * auditor step through their protocols in any order on one room, with crashes and stalls between any
 * two steps, lost requests and answers, and late ones. The rules are the project's own functions.
 */
export interface Rules {
  take: typeof claimRules.take;
  beginRequest: typeof claimRules.beginRequest;
  settleRequest: typeof claimRules.settleRequest;
  beginStop: typeof claimRules.beginStop;
  confirmGone: typeof claimRules.confirmGone;
  freeExpiredClaims: typeof claimRules.freeExpiredClaims;
  offHolder: typeof claimRules.offHolder;
  /** What `requestBot` checks between its compare-and-set and the clocks. */
  maySend(fences: Fences, claimed: Epochs): boolean;
  /** What an off writes first: a fence that forbids by itself, or one that only renews epochs. */
  settingsOrder: 'read_model_first' | 'fence_first';
  /** Whether the room counts as free once the provider took the request to leave. */
  freeWhen: 'gone' | 'asked';
}

export const projectRules: Rules = {
  ...claimRules,
  maySend: (fences, claimed) =>
    !fences.roleOff && fences.role === claimed.role && fences.settings === claimed.settings,
  settingsOrder: 'read_model_first',
  freeWhen: 'gone',
};

interface Fences {
  role: number;
  settings: number;
  roleOff: boolean;
}

interface Bot {
  key: string;
  botId: string;
  /** Null: not told to leave. */
  goneAt: number | null;
}

interface Off {
  fence: 'role' | 'settings';
  epoch: number;
  carriedOut: boolean;
  acknowledged: boolean;
  named: Set<string>;
}

type Steps = Generator<number | undefined, void, undefined>;

interface Process {
  name: string;
  steps: Steps;
  wakeAt: number;
  /** Started anew after a crash; undefined: gone for good. */
  again?: () => Steps;
}

/** What breaks a law; the message names it. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
}

const times = {
  ...protocolTimes,
  claimMs: 120,
  requestDeadlineMs: 25,
  settleByOthersMs: 30,
  lookupProvesMs: 120,
};
const stepsOfChaos = 260;
const quietSeconds = 560;
const quietStepSeconds = 4;

/** Numbers that are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs one seed to its end. Throws `LawBroken`. */
export function runModel(seed: number, rules: Rules = projectRules): void {
  const random = randomOf(seed);
  const chance = (p: number) => random() < p;
  const between = (low: number, high: number) => low + random() * (high - low);

  let now = 1_000;
  let chaos = true;
  let doc: ClaimDoc = { _id: 'org/room', orgId: 'org', roomKey: 'room', rev: 0, holders: [] };
  const fences: Fences = { role: 1, settings: 1, roleOff: false };
  let epoch = 1;
  /** The read model: what a last look decides from. */
  const allowed = { role: true, settings: true };
  const commanded = { role: true, settings: true };
  const offs: Off[] = [];
  const stops = new Map<string, { holderId: string; attempt: number }>();
  let bots: Bot[] = [];
  const arriving: { at: number; key: string; refused: boolean }[] = [];
  const processes: Process[] = [];
  const runningJoins = new Set<string>();
  /** What the join workflows carry: attempts survive every crash. */
  const attempts = new Map<string, number>();

  function apply<Result>(rule: (before: ClaimDoc) => claimRules.Step<Result>): Result {
    const { next, result } = rule(doc);
    if (next !== null) {
      if (next.rev <= doc.rev) throw new LawBroken('a change did not raise rev');
      doc = next;
    }
    return result;
  }
  const holderOf = (holderId: string): ClaimHolder | undefined =>
    claimRules.holderOf(doc, holderId);
  const botOf = (key: string) => bots.find((bot) => bot.key === key);
  const keyOf = (holderId: string, attempt: number) => `${holderId}:${attempt}`;

  function advance(seconds: number): void {
    now += seconds;
    arriving.sort((a, b) => a.at - b.at);
    while (arriving[0] !== undefined && arriving[0].at <= now) {
      const { key, refused } = arriving.shift() as (typeof arriving)[number];
      if (!refused) bots.push({ key, botId: `bot-${key}`, goneAt: null });
      checkRoom();
    }
    bots = bots.filter(({ goneAt }) => goneAt === null || goneAt > now);
  }

  function checkRoom(): void {
    const there = bots.filter(({ goneAt }) => goneAt === null || goneAt > now);
    if (there.length > 1) throw new LawBroken('two bots in a room');
    if (doc.holders.filter(claimRules.isOccupied).length > 1) {
      throw new LawBroken('two occupied holders in a room');
    }
    const held = doc.holders.filter(
      ({ state, claimedUntil }) => state !== 'free' && (state !== 'claimed' || claimedUntil > now),
    );
    const overlapping = held.some((one) =>
      held.some((other) => one !== other && one.from < other.until && other.from < one.until),
    );
    if (overlapping) throw new LawBroken('two claims overlap');
  }

  /** The law of the off, looked at when a request goes out. */
  function checkSend(holderId: string, attempt: number): void {
    for (const off of offs) {
      const isLast = !offs.some((other) => other.fence === off.fence && other.epoch > off.epoch);
      const stands = isLast && !commanded[off.fence];
      if (stands && off.acknowledged && !off.named.has(keyOf(holderId, attempt))) {
        throw new LawBroken('a request was sent after an off was acknowledged');
      }
    }
  }

  // --- the join of one session ------------------------------------------------------------------

  function* join(holderId: string, from: number, until: number): Steps {
    runningJoins.add(holderId);
    for (;;) {
      if (now >= until) return;
      if (!(allowed.role && allowed.settings) || now < from - 300) {
        yield 5;
        continue;
      }
      const attempt = (attempts.get(holderId) ?? 0) + 1;
      attempts.set(holderId, attempt);
      const epochs = {
        installation: 0,
        interview: 0,
        role: fences.role,
        settings: fences.settings,
      };
      yield;
      const claimed = apply((before) =>
        rules.take(
          before,
          {
            holderId,
            interviewId: holderId,
            sessionId: holderId,
            jobId: 'job',
            generation: 'g',
            from,
            until,
            attempt,
            epochs,
          },
          { now, times },
        ),
      );
      yield;
      if (claimed.kind === 'room_busy') {
        yield 15;
        continue;
      }
      if (claimed.kind === 'superseded') {
        attempts.set(holderId, claimed.attempt);
        continue;
      }
      if (claimed.kind === 'occupied') {
        attempts.set(holderId, claimed.attempt);
        yield* follow(holderId, claimed.attempt, until);
        continue;
      }
      const looked = allowed.role && allowed.settings;
      yield;
      if (!looked) {
        apply((before) => claimRules.releaseClaim(before, { holderId, attempt }));
        continue;
      }
      yield* ask(holderId, attempt, until);
    }
  }

  /** The workflow's side: the activity may stall or die while the workflow goes on. */
  function* ask(holderId: string, attempt: number, until: number): Steps {
    for (;;) {
      const told = { answer: null as string | null };
      const stalled = chaos && chance(0.1) ? between(60, 300) : 0;
      processes.push({
        name: 'request',
        steps: requestBot(holderId, attempt, told),
        wakeAt: now + stalled,
      });
      const givenUpAt = now + 60;
      while (told.answer === null && now < givenUpAt) yield 1;
      const { answer } = told;
      if (answer === 'room_occupied' && now < until) {
        yield 5;
        continue;
      }
      if (answer === null || answer === 'sent') yield* follow(holderId, attempt, until);
      return;
    }
  }

  /** The activity: compare-and-set, fences, clocks, send, record. */
  function* requestBot(holderId: string, attempt: number, told: { answer: string | null }): Steps {
    const botKey = keyOf(holderId, attempt);
    const begun = apply((before) =>
      rules.beginRequest(before, { holderId, attempt, botKey }, { now, times }),
    );
    checkRoom();
    if (begun.kind !== 'begun') {
      told.answer = begun.kind;
      return;
    }
    const deadline = now + times.requestDeadlineMs;
    yield;
    const may = rules.maySend(fences, begun.holder.epochs);
    yield;
    if (!may || now >= deadline) {
      apply((before) =>
        rules.settleRequest(before, { holderId, attempt, fate: { kind: 'not_sent' } }, { times }),
      );
      told.answer = 'not_sent';
      return;
    }
    checkSend(holderId, attempt);
    const late = chaos && chance(0.25);
    const at = late ? between(now, deadline + times.lookupProvesMs) : now + random();
    const refused = chaos && chance(0.1);
    const lost = chaos && chance(0.15);
    if (!lost) arriving.push({ at, key: botKey, refused });
    yield 1;
    if (lost || late || (chaos && chance(0.2))) return;
    const fate: claimRules.RequestFate = refused
      ? { kind: 'refused' }
      : { kind: 'found', botId: `bot-${botKey}`, ended: false };
    apply((before) => rules.settleRequest(before, { holderId, attempt, fate }, { times }));
    told.answer = refused ? 'refused' : 'sent';
  }

  function* follow(holderId: string, attempt: number, until: number): Steps {
    for (;;) {
      const holder = holderOf(holderId);
      if (holder === undefined || holder.attempt !== attempt || holder.state === 'free') return;
      if (holder.state === 'claimed') {
        apply((before) => claimRules.releaseClaim(before, { holderId, attempt }));
        return;
      }
      if (holder.state === 'requesting') {
        yield* lookUp(holderId, attempt);
        const found = holderOf(holderId);
        if (found?.state === 'live' && found.attempt === attempt && fences.roleOff) {
          apply((before) => rules.beginStop(before, { holderId, attempt }));
        }
        yield 5;
        continue;
      }
      const mayStay = allowed.role && allowed.settings && now < until;
      if (!mayStay || holder.state === 'stopping') yield* takeAway(holderId, attempt);
      yield 5;
    }
  }

  // --- what anybody may do ----------------------------------------------------------------------

  function* lookUp(holderId: string, attempt: number): Steps {
    const lookedAt = now;
    yield;
    const bot = botOf(keyOf(holderId, attempt));
    yield;
    const fate: claimRules.RequestFate =
      bot === undefined
        ? { kind: 'nothing_found', lookedAt }
        : { kind: 'found', botId: bot.botId, ended: false };
    apply((before) => rules.settleRequest(before, { holderId, attempt, fate }, { times }));
    checkRoom();
  }

  /** One push: `live` begins to stop, the bot is told to leave, a bot that is gone frees the room. */
  function* takeAway(holderId: string, attempt: number): Steps {
    const holder = holderOf(holderId);
    if (holder === undefined || holder.attempt !== attempt) return;
    if (holder.state === 'requesting') {
      if (claimRules.maySettleByOthers(holder, { now, times })) yield* lookUp(holderId, attempt);
      return;
    }
    if (holder.state !== 'live' && holder.state !== 'stopping') return;
    apply((before) => rules.beginStop(before, { holderId, attempt }));
    yield;
    const bot = botOf(keyOf(holderId, attempt));
    yield;
    if (bot !== undefined && rules.freeWhen === 'gone') return tellToLeave(bot);
    if (bot !== undefined) tellToLeave(bot);
    apply((before) => rules.confirmGone(before, { holderId, attempt }));
  }

  function tellToLeave(bot: Bot): void {
    if (chaos && chance(0.2)) return;
    bot.goneAt ??= now + between(0, 20);
  }

  function* settler(): Steps {
    for (;;) {
      for (const [key, { holderId, attempt }] of [...stops]) {
        yield* takeAway(holderId, attempt);
        const holder = holderOf(holderId);
        const over =
          holder === undefined || holder.attempt !== attempt || !claimRules.isOccupied(holder);
        if (over) stops.delete(key);
        yield;
      }
      yield 3;
    }
  }

  function* auditor(): Steps {
    for (;;) {
      const listed = bots.filter((bot) => bot.goneAt === null);
      yield;
      const known = new Set(
        doc.holders.filter(claimRules.isOccupied).map((holder) => holder.providerBotKey),
      );
      for (const bot of listed) if (!known.has(bot.key)) tellToLeave(bot);
      yield;
      apply((before) => rules.freeExpiredClaims(before, { now }));
      yield;
      for (const { holderId, attempt, state } of doc.holders) {
        const alone = state === 'live' && !runningJoins.has(holderId);
        if (state === 'requesting' || state === 'stopping' || alone) {
          yield* takeAway(holderId, attempt);
        }
        yield;
      }
      yield 60;
    }
  }

  // --- commands ---------------------------------------------------------------------------------

  function* off(command: Off): Steps {
    const { fence } = command;
    const writeFence = () => {
      if (fences[fence] >= command.epoch) return;
      fences[fence] = command.epoch;
      if (fence === 'role') fences.roleOff = true;
    };
    const writeReadModel = () => {
      const newest = offs.filter((other) => other.fence === fence).at(-1);
      if (newest === command && !commanded[fence]) allowed[fence] = false;
    };
    // A fence that does not forbid by itself comes after what it announces.
    const readModelFirst = fence === 'settings' && rules.settingsOrder === 'read_model_first';
    if (readModelFirst) writeReadModel();
    else writeFence();
    yield;
    if (readModelFirst) writeFence();
    else writeReadModel();
    yield;
    const listed = doc.holders.map(({ holderId }) => holderId);
    yield;
    const pending: { holderId: string; attempt: number }[] = [];
    for (const holderId of listed) {
      const before = holderOf(holderId);
      const result = apply((room) =>
        rules.offHolder(room, { holderId, fence, epoch: command.epoch }),
      );
      const touched = result.kind !== 'untouched';
      if (touched && before !== undefined && before.epochs[fence] >= command.epoch) {
        throw new LawBroken('an off touched a holder that is not older than it');
      }
      if (result.kind === 'requesting' || result.kind === 'stopping') {
        pending.push({ holderId, attempt: result.holder.attempt });
        stops.set(keyOf(holderId, result.holder.attempt), pending.at(-1) as (typeof pending)[0]);
      }
      yield;
    }
    command.carriedOut = true;
    const unsettled = () =>
      pending.filter(({ holderId, attempt }) => {
        const holder = holderOf(holderId);
        return holder?.attempt === attempt && holder.state === 'requesting';
      });
    const acknowledgedBy = now + 10;
    while (unsettled().length > 0 && now < acknowledgedBy) yield 1;
    for (const { holderId, attempt } of unsettled()) command.named.add(keyOf(holderId, attempt));
    command.acknowledged = true;
  }

  function startOff(fence: 'role' | 'settings'): void {
    commanded[fence] = false;
    epoch += 1;
    const command: Off = { fence, epoch, carriedOut: false, acknowledged: false, named: new Set() };
    offs.push(command);
    const again = () => off(command);
    processes.push({ name: 'off', steps: again(), wakeAt: now, again });
    // A copy of the activity that a stalled process still carries out, much later.
    if (chaos && chance(0.3)) {
      processes.push({ name: 'late copy', steps: again(), wakeAt: now + between(0, 400) });
    }
  }

  function on(fence: 'role' | 'settings'): void {
    commanded[fence] = true;
    if (fence === 'role') {
      epoch += 1;
      fences.role = epoch;
      fences.roleOff = false;
    }
    allowed[fence] = true;
  }

  // --- the scheduler ----------------------------------------------------------------------------

  function start(name: string, again: () => Steps): void {
    processes.push({ name, steps: again(), wakeAt: now, again });
  }

  /** What a process may lose between two steps; a request is stalled more often and for longer. */
  function stall(name: string): number {
    if (!chaos) return 0;
    if (name === 'request') return chance(0.15) ? between(1, 400) : 0;
    return chance(0.05) ? between(1, 200) : 0;
  }

  function stepOnce(): void {
    const ready = processes.filter((process) => process.wakeAt <= now);
    const process = ready[Math.floor(random() * ready.length)];
    if (process === undefined) return;
    if (chaos && chance(0.03)) {
      const { again } = process;
      if (again !== undefined)
        Object.assign(process, { steps: again(), wakeAt: now + between(1, 60) });
      else processes.splice(processes.indexOf(process), 1);
      return;
    }
    const { done, value } = process.steps.next();
    if (done === true) processes.splice(processes.indexOf(process), 1);
    else process.wakeAt = now + (value ?? 0) + stall(process.name);
  }

  const windows: [string, number, number][] = [
    ['first', now + 100, now + 700],
    ['rival', now + 300, now + 800],
    ['next', now + 700, now + 1_150],
  ];
  for (const [holderId, from, until] of windows) start(holderId, () => join(holderId, from, until));
  start('settler', settler);
  start('auditor', auditor);

  for (let step = 0; step < stepsOfChaos; step += 1) {
    if (chance(0.02)) {
      const fence = chance(0.5) ? 'role' : 'settings';
      const carriedOut = offs.every((other) => other.fence !== fence || other.carriedOut);
      if (commanded[fence]) startOff(fence);
      else if (carriedOut) on(fence);
    }
    if (chance(0.01)) {
      const [holderId] = windows[Math.floor(random() * windows.length)] as (typeof windows)[0];
      dieForGood(holderId);
    }
    advance(chance(0.5) ? random() * 8 : 0);
    for (let each = 0; each < 2; each += 1) stepOnce();
    checkRoom();
  }

  function dieForGood(holderId: string): void {
    runningJoins.delete(holderId);
    const others = processes.filter(({ name }) => name !== holderId);
    processes.splice(0, processes.length, ...others);
  }

  // Everything becomes quiet: nothing is lost any more, and the room must come free by itself.
  chaos = false;
  runUntil(now + 300);
  const forgotten = doc.holders.some(
    ({ state, claimedUntil }) => state === 'claimed' && claimedUntil < now - 100,
  );
  if (forgotten) throw new LawBroken('a claim outlives its end');
  startOff('role');
  runUntil(now + quietSeconds);
  const left = doc.holders.filter((holder) => holder.state !== 'free');
  if (left.length > 0) throw new LawBroken(`the room stays ${left[0]?.state} for ever`);
  if (bots.length > 0) throw new LawBroken('a bot stays in the room for ever');
  on('role');
  on('settings');
  const until = now + 600;
  start('afterwards', () => join('afterwards', now, until));
  runUntil(now + 300);
  if (holderOf('afterwards')?.state !== 'live') throw new LawBroken('nobody gets the room again');

  function runUntil(end: number): void {
    while (now < end) {
      advance(quietStepSeconds);
      for (let each = 0; each < processes.length; each += 1) stepOnce();
      checkRoom();
    }
  }
}
