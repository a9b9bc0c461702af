import type { InstallationDoc, InterviewDoc, RoleDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { Decision } from '../../workflows/contracts/decision.js';
import type { DesiredJoin, DesiredSession } from '../../workflows/contracts/join-interview.js';
import type { ActivityDeps } from '../deps.js';
import { noticesDue } from '../mail/notices-due.js';
import { decide } from './decide.js';
import { readInterview, writeInterview } from './interview-store.js';
import { hashOf } from './normalize.js';

/** A join that was told nothing new for this long is told again when its start is near. */
const tellAgainMs = 10 * 60_000;
const nearMs = 60 * 60_000;

/** What decisions rest on besides the interview itself. */
export interface DecisionContext {
  installation: InstallationDoc | null;
  role: RoleDoc | null;
  tombstone: boolean;
}

export type DecideDeps = Pick<ActivityDeps, 'collections' | 'keyedHash'>;

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
  const [installation, role, tombstone] = await Promise.all([
    collections.installations.findOne({ _id: key.orgId }).lean<InstallationDoc | null>(),
    collections.roles.findOne({ _id: `${key.orgId}/${key.jobId}` }).lean<RoleDoc | null>(),
    collections.tombstones.exists({ _id: tombstoneId(deps, key.orgId, key.interviewId) }),
  ]);
  const ours = <Doc extends { generation: string }>(doc: Doc | null) =>
    doc?.generation === key.generation ? doc : null;
  return { installation: ours(installation), role: ours(role), tombstone: tombstone !== null };
}

/** The decision for one session of an interview, or for the interview when it has none. */
export function decideSession(
  doc: InterviewDoc,
  sessionId: string | null,
  context: DecisionContext,
  now: number,
): Decision {
  const planned = doc.plan.find((session) => session.sessionId === sessionId);
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
          },
    tombstone: context.tombstone,
    now,
  });
}

/** The decision that an interview itself shows. */
export function decideInterview(
  doc: InterviewDoc,
  context: DecisionContext,
  now: number,
): Decision {
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
    const asked = askOf({ ...doc, decision }, context, now, deps.times.joinHorizonMs);
    const decided = decision.code !== doc.decision.code;
    const tells = isNews(doc, asked, now);
    if (!decided && !tells) return doc;

    const told = tells ? { hash: asked.hash, at: now, done: false } : doc.told;
    const written = await writeInterview(deps.collections, doc, { decision, told });
    if (written === null) continue;
    if (decided) deps.metrics.decisions.inc({ verdict: decision.verdict, code: decision.code });
    if (tells) await tellJoin(deps, key, written, asked);
    return written;
  }
}

/** What is asked of a join, without the version under which it is said. */
interface Asked {
  content: Omit<DesiredJoin, 'version'>;
  startsAt: number;
  /** A join that runs hears every change; a new one starts only for what may still be joined. */
  start: boolean;
  hash: string;
}

function askOf(doc: InterviewDoc, context: DecisionContext, now: number, horizonMs: number): Asked {
  const content = contentOf(doc, context, now);
  const open = content.sessions.filter((session) => session.endsAt > now);
  const startsAt = open.length === 0 ? doc.startsAt : Math.min(...open.map((s) => s.startsAt));
  const within = open.length > 0 && startsAt <= now + horizonMs;
  const start = within && open.some((session) => session.verdict !== 'skip');
  return { content, startsAt, start, hash: hashOf({ content, within }) };
}

/** News is what was not said, or whose saying was interrupted; near the start it is said again. */
function isNews(doc: InterviewDoc, asked: Asked, now: number): boolean {
  if (doc.told === null) return asked.start;
  if (doc.told.hash !== asked.hash || !doc.told.done) return true;
  return asked.start && asked.startsAt - now <= nearMs && now - doc.told.at >= tellAgainMs;
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
function contentOf(doc: InterviewDoc, context: DecisionContext, now: number): Asked['content'] {
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
  };
}
