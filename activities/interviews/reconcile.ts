import type {
  InstallationDoc,
  InterviewDoc,
  JobDoc,
  OptOutDoc,
  PlannedSession,
  RoleDoc,
} from '../../common/read-model/documents.js';
import { readOperationsFence } from '../../common/read-model/fences.js';
import { interviewerHash } from '../../common/signed-links.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { type Decision, type DecisionCode, roomNoes } from '../../workflows/contracts/decision.js';
import type { DesiredJoin, DesiredSession } from '../../workflows/contracts/join-interview.js';
import { type ProtocolTimes, protocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { ActivityDeps } from '../deps.js';
import { noticesDue } from '../mail/notices-due.js';
import type { NotetakerCapabilities } from '../notetaker/port.js';
import { decide } from './decide.js';
import { readInterview, writeInterview } from './interview-store.js';
import { hashOf } from './normalize.js';
import type { RestrictionFacts } from './restrictions.js';

/** A join that was told nothing new for this long is told again when its start is near. */
const tellAgainMs = 10 * 60_000;
const nearMs = 60 * 60_000;

/** What decisions rest on besides the interview itself. */
export interface DecisionBasis {
  installation: InstallationDoc | null;
  role: Pick<RoleDoc, 'enabled' | 'title' | 'department' | 'location'> | null;
  /** As the catalogue has it, which is newer than what the role remembers; null: not in it. */
  job: KnownJob | null;
  tombstone: boolean;
  /** Asked for each interviewer of an interview, whichever reading they come from. */
  hasOptedOut: (userId: string) => boolean;
  fencedByOperations: boolean;
  /** Of the notetaker in use. */
  capabilities: Pick<NotetakerCapabilities, 'joins' | 'requestLead'>;
}

export interface DecisionContext extends DecisionBasis {
  role: RoleDoc | null;
}

export type KnownJob = Pick<JobDoc, 'title' | 'department' | 'location' | 'confidential'>;

export type DecideDeps = Pick<
  ActivityDeps,
  'collections' | 'consistency' | 'keyedHash' | 'notetaker'
>;

export function tombstoneId(
  deps: Pick<ActivityDeps, 'keyedHash'>,
  orgId: string,
  interviewId: string,
) {
  return `${orgId}/${deps.keyedHash('tombstone', orgId, interviewId)}`;
}

export async function readContext(
  deps: DecideDeps,
  key: Life & { jobId: string; interviewId: string },
): Promise<DecisionContext> {
  const { collections } = deps;
  const jobId = `${key.orgId}/${key.jobId}`;
  const [shared, role, job, tombstone] = await Promise.all([
    readSharedContext(deps, key),
    collections.roles.findOne({ _id: jobId }).lean<RoleDoc | null>(),
    collections.jobs.findOne({ _id: jobId }).lean<JobDoc | null>(),
    collections.tombstones.exists({ _id: tombstoneId(deps, key.orgId, key.interviewId) }),
  ]);
  return {
    ...shared,
    role: ofLife(key, role),
    job: ofLife(key, job),
    tombstone: tombstone !== null,
  };
}

/** What every decision of one organization rests on, whichever interview it is about. */
export type SharedContext = Omit<DecisionContext, 'role' | 'job' | 'tombstone'>;

export async function readSharedContext(deps: DecideDeps, life: Life): Promise<SharedContext> {
  const { collections, keyedHash, notetaker } = deps;
  const { orgId } = life;
  const { capabilities } = notetaker;
  // All of an organization's noes, which are few: whoever joins the interview later is in them.
  const [installation, optOuts, fence] = await Promise.all([
    collections.installations.findOne({ _id: orgId }).lean<InstallationDoc | null>(),
    collections.opt_outs.find({ orgId }).select({ _id: 1 }).lean<Pick<OptOutDoc, '_id'>[]>(),
    readOperationsFence({ ...deps, orgId, provider: capabilities.provider }),
  ]);
  const ids = new Set(optOuts.map(({ _id }) => _id));
  return {
    installation: ofLife(life, installation),
    hasOptedOut: (userId) =>
      ids.size > 0 && ids.has(`${orgId}/${interviewerHash(keyedHash, { orgId, userId })}`),
    fencedByOperations: fence !== null,
    capabilities,
  };
}

/** What another life left behind says nothing. */
export function ofLife<Doc extends { generation: string }>(
  { generation }: Life,
  doc: Doc | null,
): Doc | null {
  return doc?.generation === generation ? doc : null;
}

/** The decision for one session of an interview, or for the interview when it has none. */
export function decideSession(
  doc: InterviewDoc,
  sessionId: string | null,
  context: DecisionBasis,
  now: number,
): Decision {
  const planned = doc.plan.find((session) => session.sessionId === sessionId);
  const timeslots = timeslotsOf(doc, planned);
  return decide({
    installation: context.installation,
    role: context.role,
    interview: doc,
    session:
      planned === undefined
        ? null
        : {
            startsAt: planned.startsAt,
            endsAt: planned.endsAt,
            link: planned.roomKey === null ? 'none' : planned.joinable ? 'joinable' : 'unsupported',
            provider: planned.provider,
          },
    facts: factsOf(doc, timeslots, context),
    confidential: doc.confidential || context.job?.confidential === true,
    interviewerOptedOut: timeslots.some((slot) => slot.interviewerIds.some(context.hasOptedOut)),
    tombstone: context.tombstone,
    fencedByOperations: context.fencedByOperations,
    joins: context.capabilities.joins,
    now,
  });
}

/**
 * The timeslots that a bot of this session would see: all that overlap its time, in whatever room,
 * since a link that a person set brings them together. Without a session, or when none overlaps, all.
 */
function timeslotsOf(
  { timeslots }: InterviewDoc,
  planned: PlannedSession | undefined,
): InterviewDoc['timeslots'] {
  if (planned === undefined) return timeslots;
  const within = timeslots.filter(
    ({ startsAt, endsAt }) => startsAt < planned.endsAt && endsAt > planned.startsAt,
  );
  return within.length === 0 ? timeslots : within;
}

function factsOf(
  doc: InterviewDoc,
  timeslots: InterviewDoc['timeslots'],
  { job, role }: DecisionBasis,
): RestrictionFacts {
  const isThere = (text: string | null | undefined): text is string => text != null;
  // Of an interview that was stored by an earlier release only the first of its words are known.
  const isOld = timeslots.some(({ title }) => title === undefined);
  return {
    interviewTypes: [
      ...timeslots.map(({ interviewType }) => interviewType),
      isOld ? doc.interviewType : null,
    ].filter(isThere),
    titles: [...timeslots.map(({ title }) => title), isOld ? doc.title : null].filter(isThere),
    interviewerIds: timeslots.flatMap(({ interviewerIds }) => interviewerIds),
    jobId: doc.jobId,
    jobTitle: job?.title ?? role?.title ?? null,
    department: job?.department ?? role?.department ?? null,
    location: job?.location ?? role?.location ?? null,
  };
}

/** The decision that an interview itself shows. */
export function decideInterview(doc: InterviewDoc, context: DecisionBasis, now: number): Decision {
  return decideSession(doc, leadingSession(doc, now), context, now);
}

/** The session that an interview's own decision speaks of: the next one that is not over. */
function leadingSession(doc: InterviewDoc, now: number): string | null {
  const next = doc.plan.find((session) => session.endsAt > now) ?? doc.plan.at(-1);
  return next?.sessionId ?? null;
}

/**
 * Decides one interview anew, stores the decision when it changed, and tells its join when what is
 * asked of it changed. Repeatable: the same state is told once. The interview is read before what
 * its decision rests on, and written only if it is still the same: of two that decide at once, the
 * one that saw less starts over. `known` is the interview as it was just read or written.
 */
export async function reconcileInterview(
  deps: ActivityDeps,
  key: Life & { interviewId: string },
  known: InterviewDoc | null = null,
): Promise<InterviewDoc | null> {
  let read = known;
  for (;;) {
    const doc = read ?? (await readInterview(deps.collections, key));
    read = null;
    if (doc === null) return null;
    const context = await readContext(deps, { ...key, jobId: doc.jobId });
    const now = Date.now();
    const decision = decideInterview(doc, context, now);
    const asked = askOf({ ...doc, decision }, context, now, deps.times);
    const decided = decision.code !== doc.decision.code;
    const tells = isNews(doc, asked, now);
    // Also at first sight: it was decided before anybody could see it.
    const forbids = roomNoes.has(decision.code) && (decided || doc.version === 1);
    if (!decided && !tells) {
      if (forbids) await warnRooms(deps, key, doc);
      return doc;
    }

    const told = tells ? { hash: asked.hash, at: now, done: false } : doc.told;
    const written = await writeInterview(deps.collections, doc, { decision, told });
    if (written === null) continue;
    if (decided) deps.metrics.decisions.inc({ verdict: decision.verdict, code: decision.code });
    if (tells) await tellJoin(deps, key, written, asked);
    if (forbids) await warnRooms(deps, key, written);
    return written;
  }
}

/**
 * No bot may be in the rooms of this interview, not even somebody else's: whoever has one there looks
 * at once. Only a hint; each look at a bot asks anew who forbids it.
 */
async function warnRooms(
  deps: ActivityDeps,
  key: Life & { interviewId: string },
  doc: InterviewDoc,
): Promise<void> {
  const { orgId } = key;
  const roomKeys = new Set(doc.plan.flatMap(({ roomKey }) => roomKey ?? []));
  for (const roomKey of roomKeys) {
    const { holders } = await deps.claims.read({ orgId, roomKey });
    for (const { state, generation, interviewId } of holders) {
      if (state === 'free' || interviewId === key.interviewId) continue;
      await deps.workflows.botEvent({ orgId, generation, interviewId });
    }
  }
}

/** Noes about which people are told ahead, so that they can give another link. */
const unfitLinks: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'link_unsupported',
  'provider_unsuitable',
]);

/** What is asked of a join, without the version under which it is said. */
interface Asked {
  content: Omit<DesiredJoin, 'version'>;
  startsAt: number;
  /** Some session may still be joined. */
  mayJoin: boolean;
  /** A join that runs hears every change; a new one starts for what may be joined or was before. */
  start: boolean;
  hash: string;
}

function askOf(
  doc: InterviewDoc,
  context: DecisionContext,
  now: number,
  times: ProtocolTimes,
): Asked {
  const content = contentOf(doc, context, now, times);
  const open = content.sessions.filter((session) => session.endsAt > now);
  const startsAt = open.length === 0 ? doc.startsAt : Math.min(...open.map((s) => s.startsAt));
  const within = open.length > 0 && startsAt <= now + times.joinHorizonMs;
  const mayJoin =
    within && open.some(({ verdict, code }) => verdict !== 'skip' || unfitLinks.has(code));
  const start = mayJoin || open.some((session) => isUnderWay(doc, session));
  return { content, startsAt, mayJoin, start, hash: hashOf({ content, within }) };
}

/** News is what was not said, or whose saying was interrupted; near the start it is said again. */
function isNews(doc: InterviewDoc, asked: Asked, now: number): boolean {
  if (doc.told === null) return asked.start;
  if (doc.told.hash !== asked.hash || !doc.told.done) return true;
  return asked.mayJoin && asked.startsAt - now <= nearMs && now - doc.told.at >= tellAgainMs;
}

/** Too late for a bot to be asked for, and one was before: whoever follows it may have died. */
function isUnderWay(
  { progress }: InterviewDoc,
  { sessionId, code }: Pick<DesiredSession, 'sessionId' | 'code'>,
): boolean {
  const reached = progress[sessionId];
  return code === 'too_late' && reached?.outcome === null && reached.requestedAt !== null;
}

async function tellJoin(
  deps: ActivityDeps,
  key: Life & { interviewId: string },
  doc: InterviewDoc,
  asked: Asked,
): Promise<void> {
  await deps.workflows.tellJoin({
    orgId: key.orgId,
    generation: key.generation,
    interviewId: key.interviewId,
    desired: { ...asked.content, version: doc.version },
    startsAt: asked.startsAt,
    start: asked.start,
  });
  // Said before it is marked: a crash between the two says it twice, which is harmless.
  await deps.collections.interviews.collection.updateOne(
    { _id: doc._id as never, 'told.hash': asked.hash },
    { $set: { 'told.done': true } },
  );
}

/** The whole of what is asked of a join, as the signal carries it: ids, times and room hashes. */
function contentOf(
  doc: InterviewDoc,
  context: DecisionContext,
  now: number,
  times: ProtocolTimes,
): Asked['content'] {
  const sessions = doc.goneAt !== null ? [] : doc.plan;
  return {
    jobId: doc.jobId,
    sessions: sessions.map((session): DesiredSession => {
      const { verdict, code } = decideSession(doc, session.sessionId, context, now);
      const { sessionId, startsAt, endsAt, roomKey } = session;
      const wantedAt = doc.choice?.action === 'join' ? doc.choice.at : null;
      return { sessionId, startsAt, endsAt, roomKey, verdict, code, wantedAt };
    }),
    mailDue: noticesDue({ doc, context, now }).length > 0,
    lead: leadOf(context.capabilities.requestLead, times),
  };
}

/** The provider's own, at the pace at which all of the protocol's times pass. */
function leadOf(
  { earliestMs, latestMs }: NotetakerCapabilities['requestLead'],
  times: ProtocolTimes,
): NonNullable<DesiredJoin['lead']> {
  const pace = times.requestEarliestMs / protocolTimes.requestEarliestMs;
  return { earliestMs: Math.round(earliestMs * pace), latestMs: Math.round(latestMs * pace) };
}
