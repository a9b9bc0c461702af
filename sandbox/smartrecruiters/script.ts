import { type Chance, seededChance } from './chance.js';
import type { LedgerEntry, ScriptKind, ScriptState } from './control.js';
import type { ControlInput, Tier } from './control-inputs.js';
import { tiers } from './control-inputs.js';
import { createInterview } from './create.js';
import { randomIds } from './ids.js';
import type { Reads } from './reads.js';
import { type Application, type Interview, replyStatuses, type User } from './records.js';
import { tierOf } from './tiers.js';
import type { World } from './world.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const interviewMs = 30 * minuteMs;

type Input = ControlInput<'startScript'>;

export interface Script {
  state(): ScriptState;
  stop(): void;
}

/** When each change happens (real ms after the start), by independent chances per hour. */
function plan(options: {
  input: Input;
  timeFactor: number;
  chance: Chance;
}): { afterMs: number; kind: ScriptKind }[] {
  const { input, timeFactor, chance } = options;
  const kinds: ScriptKind[] = ['schedule', 'move', 'cancel', 'reply'];
  const moments = kinds.flatMap((kind) => {
    const perMs = (input.perHour[kind] ?? 0) / hourMs;
    const found: { afterMs: number; kind: ScriptKind }[] = [];
    if (perMs === 0) return found;
    let atMs = 0;
    for (;;) {
      atMs += -Math.log(1 - chance.share()) / perMs;
      if (atMs >= input.forMs) return found;
      found.push({ afterMs: atMs / timeFactor, kind });
    }
  });
  return moments.toSorted((one, other) => one.afterMs - other.afterMs);
}

function firstStart(interview: Interview): number {
  return Math.min(...interview.timeslots.map((slot) => slot.startsAt));
}

/**
 * Lets recruiters work: at seeded moments interviews are scheduled, moved, cancelled and replied
 * to, and every change is noted in `ledger`. What happens follows from the seed and the world at
 * the start; durations are simulated and pass `timeFactor` times as fast.
 */
export function runScript(options: {
  world: World;
  reads: Reads;
  input: Input;
  timeFactor: number;
  ledger: LedgerEntry[];
}): Script {
  const { world, reads, input, timeFactor, ledger } = options;
  const { companyId } = input;
  const chance = seededChance(`script ${input.seed}`);
  const moments = plan({ input, timeFactor, chance });
  const allowed = new Set<Tier>(input.tiers ?? tiers);
  const tierById = new Map<string, Tier>();
  const pool: Application[] = [];
  for (const application of world.ofCompany(world.applications, companyId)) {
    const tier = tierOf({ world, application });
    if (tier === null) continue;
    tierById.set(application.id, tier);
    if (allowed.has(tier)) pool.push(application);
  }
  const ahead: Interview[] = world.ofCompany(world.interviews, companyId);
  const users: User[] = world.ofCompany(world.users, companyId);
  const counts: Record<ScriptKind, number> = { schedule: 0, move: 0, cancel: 0, reply: 0 };
  let skippedCount = 0;
  let next = 0;
  let state: ScriptState['state'] = 'running';
  let timer: NodeJS.Timeout | undefined;
  const startedMs = performance.now();
  const startedAt = world.now();
  const lastsMs = input.forMs / timeFactor;

  /** A random interview that is still to come; those that are over leave the list for good. */
  function pickAhead(): Interview | null {
    while (ahead.length > 0) {
      const index = chance.below(ahead.length);
      const interview = ahead[index];
      const last = ahead.at(-1);
      if (interview === undefined || last === undefined) return null;
      const there = world.interviews.has(interview.id) && interview.cancelledAt === null;
      if (there && firstStart(interview) > world.now()) return interview;
      ahead[index] = last;
      ahead.pop();
    }
    return null;
  }

  function newTimes(): { startsAt: number; endsAt: number } {
    const { min, max } = input.leadMinutes;
    const leadMs = chance.between(min, Math.max(min, max)) * minuteMs;
    const startsAt = Math.round(world.now() + leadMs / timeFactor);
    return { startsAt, endsAt: Math.round(startsAt + interviewMs / timeFactor) };
  }

  function schedule(): Interview | null {
    if (pool.length === 0) return null;
    const application = chance.pick(pool);
    const { startsAt, endsAt } = newTimes();
    const [interviewer] = users.length === 0 ? [] : [chance.pick(users)];
    const meeting = 81_000_000_000 + chance.below(1_000_000_000);
    if (!world.applications.has(application.id)) return null;
    const interview = createInterview({
      world,
      ids: randomIds,
      input: {
        application,
        source: input.source ?? 'UI',
        organizerId: interviewer?.id,
        location: `https://example.zoom.us/j/${meeting}`,
        timeslots: [
          {
            startsOn: new Date(startsAt).toISOString(),
            endsOn: new Date(endsAt).toISOString(),
            interviewers: interviewer === undefined ? [] : [interviewer.id],
            title: 'Interview',
          },
        ],
      },
    });
    const candidate = world.candidates.get(application.candidateId);
    if (input.updatedOnMoves === true && candidate !== undefined) {
      candidate.updatedAt = world.now();
    }
    ahead.push(interview);
    return interview;
  }

  function change(interview: Interview, kind: Exclude<ScriptKind, 'schedule'>): void {
    if (kind === 'cancel') {
      world.cancelInterview(interview);
      return;
    }
    if (kind === 'move') {
      const { startsAt } = newTimes();
      const byMs = startsAt - firstStart(interview);
      for (const slot of interview.timeslots) {
        slot.startsAt += byMs;
        slot.endsAt += byMs;
      }
    } else {
      const [slot] = interview.timeslots;
      const status = chance.pick(replyStatuses);
      interview.candidateStatus = status;
      if (slot !== undefined) slot.candidateStatus = status;
    }
    world.interviewUpdated(interview);
  }

  function act(kind: ScriptKind): void {
    const at = world.now();
    const interview = kind === 'schedule' ? schedule() : pickAhead();
    if (interview === null) {
      skippedCount += 1;
      return;
    }
    const startBefore = firstStart(interview);
    if (kind !== 'schedule') change(interview, kind);
    counts[kind] += 1;
    const entry: LedgerEntry = {
      at,
      kind,
      interviewId: interview.id,
      applicationId: interview.applicationId,
      jobId: interview.jobId,
      startsAt: firstStart(interview),
      previousStartsAt: kind === 'move' ? startBefore : null,
      tier: tierById.get(interview.applicationId) ?? 'cold',
      firstListedAt: null,
    };
    ledger.push(entry);
    reads.expect(entry);
  }

  function proceed(): void {
    for (;;) {
      const elapsedMs = performance.now() - startedMs;
      const moment = moments[next];
      if (moment === undefined || moment.afterMs > elapsedMs) {
        const untilMs = (moment?.afterMs ?? lastsMs) - elapsedMs;
        if (moment === undefined && untilMs <= 0) {
          state = 'ended';
          return;
        }
        // Timers hold at most 2^31 - 1 ms.
        timer = setTimeout(proceed, Math.min(Math.max(1, Math.ceil(untilMs)), 2_000_000_000));
        timer.unref();
        return;
      }
      next += 1;
      act(moment.kind);
    }
  }

  proceed();
  return {
    state: () => ({
      companyId,
      startedAt,
      endsAt: startedAt + lastsMs,
      state,
      counts: { ...counts },
      skippedCount,
    }),
    stop() {
      clearTimeout(timer);
      if (state === 'running') state = 'stopped';
    },
  };
}
