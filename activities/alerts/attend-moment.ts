import type { InterviewDoc, PlannedSession } from '../../common/read-model/documents.js';
import type {
  JoinActivities,
  SessionKey,
  SessionMoment,
} from '../../workflows/contracts/activities.js';
import {
  type DecisionCode,
  decisionFor,
  unwantedNoes,
} from '../../workflows/contracts/decision.js';
import type { ActivityDeps } from '../deps.js';
import { changeInterview, readInterview, withTimeline } from '../interviews/interview-store.js';
import { type DecisionContext, decideSession, readContext } from '../interviews/reconcile.js';
import { timelineWords } from '../joining/timeline-words.js';
import { withHeartbeat } from '../pause.js';
import { botNow } from './bot-now.js';
import { raiseAlert } from './deliver.js';
import { obstacleOf } from './obstacle.js';
import { tellInterviewers } from './tell-interviewers.js';

type Input = Parameters<JoinActivities['attendMoment']>[0];

interface Scene extends SessionKey {
  doc: InterviewDoc;
  session: PlannedSession;
  context: DecisionContext;
  /** Of this session, at this moment. */
  code: DecisionCode;
}

/**
 * Does what is due at a moment of a session: looks ahead whether the bot can get in, asks people to
 * let it in, raises the alarm when it is missing. Repeatable: each is done at most once for a start.
 * What was said is looked at again here, since it may have changed since the workflow planned it.
 */
export async function attendMoment(deps: ActivityDeps, input: Input): Promise<void> {
  await withHeartbeat(() => attend(deps, input));
}

/** The same without a heartbeat, for whoever has one already; whether an alert was raised by it. */
export async function attend(deps: ActivityDeps, input: Input): Promise<boolean> {
  const { orgId, generation, interviewId, sessionId } = input;
  const doc = await readInterview(deps.collections, input);
  const session = doc?.plan.find((planned) => planned.sessionId === sessionId);
  // It has moved, or is no longer there: what is due then is due at another time.
  if (doc == null || doc.goneAt !== null || session?.startsAt !== input.startsAt) return false;
  const context = await readContext(deps, { ...input, jobId: doc.jobId });
  const { code } = decideSession(doc, sessionId, context, Date.now());
  const key = { orgId, generation, interviewId, sessionId };
  const scene: Scene = { ...key, doc, session, context, code };
  switch (input.moment) {
    case 'preflight_day':
    case 'preflight_hour':
    case 'preflight_minutes':
      return await lookAhead(deps, scene, input.moment);
    case 'lobby':
      return await tellOfLobby(deps, scene);
    case 'missing':
      return await raiseAlarm(deps, scene, input.reason);
  }
}

async function lookAhead(
  deps: ActivityDeps,
  scene: Scene,
  moment: SessionMoment,
): Promise<boolean> {
  const obstacle = obstacleOf(deps, scene, moment);
  const isNew = obstacle !== null && (await alert(deps, scene, 'preflight', obstacle));
  if (moment === 'preflight_hour' && isWanted(scene.code)) {
    await tellInterviewers(deps, { ...scene, occasion: 'soon' });
  }
  return isNew;
}

function isWanted(code: DecisionCode): boolean {
  return decisionFor(code).verdict === 'join';
}

/** Only if it really waits: it may have been let in since the workflow last looked. */
async function tellOfLobby(deps: ActivityDeps, scene: Scene): Promise<boolean> {
  if (!isWanted(scene.code)) return false;
  const { where } = await botNow(deps, { ...scene, roomKey: scene.session.roomKey });
  if (where !== 'lobby_waiting') return false;
  const isNew = await alert(deps, scene, 'lobby', 'lobby_waiting');
  await tellInterviewers(deps, { ...scene, occasion: 'waiting' });
  return isNew;
}

async function raiseAlarm(deps: ActivityDeps, scene: Scene, said: string): Promise<boolean> {
  const { code, doc, sessionId, session } = scene;
  const progress = doc.progress[sessionId];
  const isThisStart = progress?.startsAt === session.startsAt;
  const isKeptOut = decisionFor(code).verdict === 'skip' && !unwantedNoes.has(code);
  // By then it may be over, which is a no as well.
  if (isKeptOut && !(isThisStart && progress?.outcome === 'missed')) return false;
  if (isThisStart && (progress?.outcome === 'captured' || progress?.outcome === 'skipped'))
    return false;
  const { where, reason } = await botNow(deps, { ...scene, roomKey: session.roomKey });
  if (where === 'in_the_room') return false;
  const known = isThisStart && progress?.outcome != null ? progress.reason : null;
  // What the provider says now, else what became of this start, else why it is not wanted.
  const why = where === 'no_bot' ? (known ?? reasonOf(code, said)) : (reason ?? where);
  return await alert(deps, scene, 'missing', why);
}

/** A no says by itself why; under a yes it is where the join stands. */
function reasonOf(code: DecisionCode, said: string): string {
  if (!isWanted(code)) return code;
  return Object.hasOwn(standing, said) ? (standing[said] ?? said) : said;
}

/** Where a join can stand, as a reason; codes of a yes among them. */
const standing: Record<string, string> = {
  will_join: 'not_requested',
  joins_by_choice: 'not_requested',
  room_shared: 'not_requested',
  waiting: 'not_requested',
  checking: 'not_requested',
  requested: 'bot_on_its_way',
  lobby: 'lobby_waiting',
  joined: 'bot_ended',
  recording: 'bot_ended',
  ended: 'bot_ended',
};

async function alert(
  deps: ActivityDeps,
  scene: Scene,
  kind: 'missing' | 'preflight' | 'lobby',
  reason: string,
): Promise<boolean> {
  const { orgId, generation, interviewId, sessionId, session } = scene;
  const { startsAt } = session;
  const { isNew } = await raiseAlert(deps, {
    ...{ orgId, generation, kind, reason },
    session: { interviewId, sessionId, startsAt },
    // Another obstacle of the same start is news of its own; another reason of one miss is not.
    ...(kind === 'preflight' ? { about: reason } : {}),
  });
  if (isNew) {
    const event = `alert_${kind}`;
    await changeInterview(deps.collections, { orgId, generation, interviewId }, (before) => ({
      timeline: withTimeline(before, {
        ...{ at: Date.now(), kind: event, detail: timelineWords(event), by: 'pillar' },
      }),
    }));
  }
  return isNew;
}
