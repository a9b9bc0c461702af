import { isExpiredClaim } from '../../activities/joining/claim-entries.js';
import type { OffFence } from '../../activities/joining/claim-members.js';
import type { ProviderTraits } from '../../activities/joining/room-protocol.js';
import { seededRandom } from '../support/seeded-random.js';
import { type Carried, createActors, type Place, type Steps } from './actors.js';
import { type ModelRules, projectRules, second } from './rules.js';
import { type Interview, LawBroken, type Off, World } from './world.js';

/**
 * A deterministic model of `docs/protocols.md` 3 to 5: joins of several interviews in two rooms, a
 * commander, a settler and an auditor step through the project's own protocols in any order, with
 * crashes and stalls between any two effects, lost requests and answers, late and repeated ones,
 * clocks that differ, and interviews that move, are cancelled, declined and recreated.
 */
interface Process {
  name: string;
  place: Place;
  steps: Steps<unknown>;
  wakeAt: number;
  /** Started anew after a crash; undefined: gone for good. */
  again?: (place: Place) => Steps;
}

const stepsOfChaos = 420;
const providers: readonly [ProviderTraits, ...ProviderTraits[]] = [
  { keyScope: 'attempt', addressesRooms: false },
  { keyScope: 'room', addressesRooms: false },
  { keyScope: 'attempt', addressesRooms: true },
];

/** Runs one seed to its end. Throws `LawBroken`. */
export function runModel(seed: number, rules: ModelRules = projectRules): void {
  const random = seededRandom(seed);
  const world = new World({ rules, provider: random.pick(providers), random });
  const processes: Process[] = [];
  const carried: Carried = {
    attempts: new Map(),
    rides: new Map(),
    sharedBots: new Map(),
    claims: new Map(),
    runningJoins: new Set(),
    spawn(name, steps, startsInMs) {
      processes.push({ name, place: newPlace(), steps, wakeAt: world.now + startsInMs });
    },
  };
  const actors = createActors(world, carried);

  /** A process that comes up; one whose clock is far off takes no part. */
  function newPlace(): Place {
    const far = world.chance(0.2);
    const skewMs = far
      ? world.between(30 * second, 90 * second) * (world.chance(0.5) ? 1 : -1)
      : world.between(-2 * second, 2 * second);
    return { skewMs: rules.isReady(skewMs) ? skewMs : 0 };
  }

  function start(name: string, again: (place: Place) => Steps): void {
    const place = newPlace();
    processes.push({ name, place, steps: again(place), wakeAt: world.now, again });
  }

  // --- the interviews ---------------------------------------------------------------------------

  const at = (seconds: number): number => world.now + seconds * second;
  const planned: [string, string, string, number, number][] = [
    ['first', 'one', 'red', at(100), at(700)],
    ['shares', 'two', 'red', at(300), at(900)],
    ['next', 'one', 'red', at(900), at(1_400)],
    ['other', 'two', 'blue', at(200), at(800)],
    ['later', 'one', 'blue', at(700), at(1_600)],
  ];
  for (const [id, role, room, from, until] of planned) {
    world.interviews.set(id, { id, role, room, from, until, gone: false, forbidsSince: null });
  }
  for (const name of ['installation', 'settings', 'role/one', 'role/two']) {
    world.writeFence(name, { epoch: 1, off: false, generation: 'g1' });
  }
  const startJoin = (id: string) => {
    const generation = `g${world.generation}`;
    const holderId = `${generation}/${id}`;
    carried.runningJoins.add(holderId);
    start(holderId, (place) => actors.join(place, id, generation));
  };
  const startJoins = () => {
    for (const id of world.interviews.keys()) startJoin(id);
  };
  startJoins();
  start('settler', actors.settler);
  start('auditor', actors.auditor);

  // --- what people do ---------------------------------------------------------------------------

  function startOff(fence: OffFence, subject: string | null): Off {
    const name = subject === null ? fence : `${fence}/${subject}`;
    world.commandedOff.add(name);
    world.epoch += 1;
    const command: Off = {
      ...{ fence, subject, generation: `g${world.generation}`, epoch: world.epoch },
      ...{ carriedOut: false, acknowledged: false, named: new Set<string>() },
    };
    world.offs.push(command);
    start('off', (place) => actors.off(place, command));
    // A copy of the activity that a stalled process still carries out, much later.
    if (world.chaos && world.chance(0.3)) {
      const place = newPlace();
      const wakeAt = world.now + world.between(0, 400 * second);
      processes.push({ name: 'late copy', place, steps: actors.off(place, command), wakeAt });
    }
    return command;
  }

  function on(fence: OffFence, subject: string | null): void {
    const name = subject === null ? fence : `${fence}/${subject}`;
    world.commandedOff.delete(name);
    world.denied.delete(name);
    world.epoch += 1;
    world.writeFence(name, { epoch: world.epoch, off: false, generation: `g${world.generation}` });
  }

  const fenceNames: readonly [
    readonly [OffFence, string | null],
    ...(readonly [OffFence, string | null])[],
  ] = [
    ['role', 'one'],
    ['role', 'two'],
    ['settings', null],
    ['interview', 'first'],
    ['interview', 'shares'],
  ];

  function command(): void {
    const [fence, subject] = random.pick(fenceNames);
    const name = subject === null ? fence : `${fence}/${subject}`;
    const before = world.offs.filter((other) => other.fence === fence && other.subject === subject);
    if (!world.commandedOff.has(name)) startOff(fence, subject);
    else if (before.every(({ carriedOut }) => carriedOut)) on(fence, subject);
  }

  /** Uninstalled, and installed again once nothing of the old life is pending. */
  function reinstallOrUninstall(): void {
    const last = world.offs.filter(({ fence }) => fence === 'installation').at(-1);
    if (!world.commandedOff.has('installation')) {
      startOff('installation', null);
    } else if (last?.acknowledged === true && world.stops.size === 0) {
      for (const holderId of [...carried.runningJoins]) endJoin(holderId);
      world.generation += 1;
      on('installation', null);
      startJoins();
    }
  }

  function endJoin(holderId: string): void {
    carried.runningJoins.delete(holderId);
    const others = processes.filter(({ name }) => name !== holderId);
    processes.splice(0, processes.length, ...others);
  }

  function changeInterview(): void {
    const interviews = [...world.interviews.values()] as [Interview, ...Interview[]];
    const interview = random.pick(interviews);
    switch (world.between(0, 3)) {
      case 0:
        interview.gone = !interview.gone;
        break;
      case 1:
        interview.forbidsSince = interview.forbidsSince === null ? world.now : null;
        break;
      case 2:
        interview.room = interview.room === 'red' ? 'blue' : 'red';
        break;
      default: {
        const by = world.between(-100, 200) * second;
        Object.assign(interview, { from: interview.from + by, until: interview.until + by });
      }
    }
    // It forbids here and now from now on.
    if (interview.forbidsSince !== null) interview.forbidsSince = world.now;
  }

  // --- the scheduler ----------------------------------------------------------------------------

  /** What a process may lose between two steps; a request is stalled more often and for longer. */
  function stall(name: string): number {
    if (!world.chaos) return 0;
    if (name === 'request') return world.chance(0.15) ? world.between(second, 400 * second) : 0;
    const often = name === 'off' || name === 'settler' ? 0.12 : 0.03;
    return world.chance(often) ? world.between(second, 200 * second) : 0;
  }

  function wakeUp(): void {
    for (const holderId of world.woken.splice(0)) {
      const process = processes.find(({ name }) => name === holderId);
      if (process !== undefined) process.wakeAt = Math.min(process.wakeAt, world.now);
    }
  }

  function stepOnce(): boolean {
    const ready = processes.filter(({ wakeAt }) => wakeAt <= world.now);
    const process = ready.length < 2 ? ready[0] : ready[world.between(0, ready.length - 1)];
    if (process === undefined) return false;
    if (world.chaos && world.chance(0.02)) crash(process);
    else advanceProcess(process);
    wakeUp();
    return true;
  }

  function crash(process: Process): void {
    const { again } = process;
    if (again === undefined) {
      processes.splice(processes.indexOf(process), 1);
      return;
    }
    process.place = newPlace();
    process.steps = again(process.place);
    process.wakeAt = world.now + world.between(second, 60 * second);
  }

  function advanceProcess(process: Process): void {
    const { done, value } = process.steps.next();
    if (done === true) {
      carried.runningJoins.delete(process.name);
      processes.splice(processes.indexOf(process), 1);
    } else {
      process.wakeAt = world.now + (value ?? 0) + stall(process.name);
    }
  }

  for (let step = 0; step < stepsOfChaos; step += 1) {
    if (world.chance(0.015)) command();
    if (world.chance(0.01)) changeInterview();
    if (world.chance(0.004)) reinstallOrUninstall();
    if (world.chance(0.004)) {
      const joins = [...carried.runningJoins];
      const holderId = joins[world.between(0, joins.length - 1)];
      if (holderId !== undefined) endJoin(holderId);
    }
    world.advance(world.chance(0.5) ? world.between(0, 7 * second) : 0);
    for (let each = 0; each < 3; each += 1) stepOnce();
  }

  // --- everything becomes quiet -----------------------------------------------------------------

  /** Jumps to what happens next: quiet time costs nothing. */
  function runUntil(end: number): void {
    while (world.now < end) {
      let steps = 0;
      while (steps < 200 && stepOnce()) steps += 1;
      const next = Math.min(...processes.map(({ wakeAt }) => wakeAt), world.now + 10 * second);
      world.advance(Math.max(second / 2, next - world.now));
    }
  }

  world.chaos = false;
  runUntil(at(340));
  checkForbiddenRooms();
  checkExpiredClaims();
  const uninstalledBy = at(600);
  while (world.commandedOff.has('installation')) {
    if (world.now > uninstalledBy) throw new LawBroken('orphan', 'a removal is pending for ever');
    reinstallOrUninstall();
    runUntil(at(30));
  }
  for (const name of [...world.commandedOff]) {
    const [fence, subject] = name.split('/') as [OffFence, string | undefined];
    on(fence, subject ?? null);
  }
  for (const interview of world.interviews.values()) {
    Object.assign(interview, { forbidsSince: null, gone: false });
  }
  runUntil(at(320));
  checkServed();
  startOff('installation', null);
  runUntil(at(560));
  checkEverybodyGone();
  for (const holderId of [...carried.runningJoins]) endJoin(holderId);
  world.generation += 1;
  on('installation', null);
  for (const room of ['red', 'blue']) {
    const id = `afterwards-${room}`;
    const window = { from: world.now, until: at(600) };
    const facts = { id, role: 'one', room, gone: false, forbidsSince: null };
    world.interviews.set(id, { ...facts, ...window });
    startJoin(id);
  }
  runUntil(at(300));
  for (const room of ['red', 'blue']) {
    if (world.holder(room, `g${world.generation}/afterwards-${room}`)?.state !== 'live') {
      throw new LawBroken('other', 'nobody gets the room again');
    }
  }

  // --- laws of a quiet world --------------------------------------------------------------------

  function checkForbiddenRooms(): void {
    for (const { roomKey, holders } of world.rooms.values()) {
      for (const holder of holders.filter(({ state }) => state === 'live')) {
        const by = world.forbiddingIn(roomKey, holder, holder.interviewId);
        const since = by?.forbidsSince ?? world.now;
        if (carried.runningJoins.has(holder.holderId) && since < world.now - 200 * second) {
          throw new LawBroken('other', 'a bot stays in a room that is forbidden');
        }
      }
    }
  }

  function checkExpiredClaims(): void {
    const holders = [...world.rooms.values()].flatMap((room) => room.holders);
    if (holders.some((holder) => isExpiredClaim(holder, world.now - 100 * second))) {
      throw new LawBroken('other', 'a claim outlives its end');
    }
  }

  /** Whoever may join and waits has a bot, or another bot is in its room; between two tries nobody. */
  function checkServed(): void {
    const waiting = unserved();
    runUntil(at(60));
    const still = unserved();
    if (waiting.some((holderId) => still.includes(holderId))) {
      throw new LawBroken('other', 'nobody comes to an interview that waits');
    }
  }

  function unserved(): string[] {
    return [...carried.runningJoins].filter((holderId) => {
      const [generation = '', id = ''] = holderId.split('/');
      const interview = world.interviews.get(id);
      if (interview === undefined || !world.mayJoin(id, generation)) return false;
      const hasBegun = interview.from < world.now - 60 * second;
      if (!hasBegun || interview.until < world.now + 30 * second) return false;
      return world.room(interview.room).holders.every(({ state }) => state === 'free');
    });
  }

  function checkEverybodyGone(): void {
    for (const { holders } of world.rooms.values()) {
      const left = holders.find(({ state }) => state !== 'free');
      if (left !== undefined) {
        throw new LawBroken('orphan', `the room stays ${left.state} for ever`);
      }
    }
    if (world.bots.length > 0) throw new LawBroken('orphan', 'a bot stays in the room for ever');
    if (world.stops.size > 0) throw new LawBroken('orphan', 'a removal is pending for ever');
  }
}
