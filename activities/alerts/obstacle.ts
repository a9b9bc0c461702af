import type { PlannedSession } from '../../common/read-model/documents.js';
import { linkContext } from '../../common/sealed-fields.js';
import type { SessionMoment } from '../../workflows/contracts/activities.js';
import {
  type DecisionCode,
  decisionFor,
  unwantedNoes,
} from '../../workflows/contracts/decision.js';
import type { ActivityDeps } from '../deps.js';
import { linkGates } from '../interviews/link-gates.js';

/** Waits that pass by themselves before the start; not worth a word a day ahead. */
const passingWaits: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'notice_pending',
  'room_busy',
]);

/** A session, and what is decided of it. */
interface Seen {
  interviewId: string;
  session: PlannedSession;
  code: DecisionCode;
}

/** What would keep the bot out, as far as can be seen without going there; null: nothing. */
export function obstacleOf(
  deps: Pick<ActivityDeps, 'vault' | 'notetaker'>,
  scene: Seen,
  moment: SessionMoment,
): string | null {
  const { code, session } = scene;
  const { verdict } = decisionFor(code);
  if (verdict === 'skip') return unwantedNoes.has(code) ? code : null;
  if (session.roomKey === null || session.sealedLink === null) return 'no_link';
  if (!session.joinable) return 'link_unsupported';
  const { provider } = session;
  if (provider !== null && !deps.notetaker.capabilities.joins.has(provider)) {
    return 'provider_unsuitable';
  }
  const gate = gateOf(deps, scene);
  if (gate !== null) return gate;
  const isSettled = verdict === 'join' || (passingWaits.has(code) && moment === 'preflight_day');
  return isSettled ? null : code;
}

function gateOf(deps: Pick<ActivityDeps, 'vault'>, { session, interviewId }: Seen): string | null {
  if (session.sealedLink === null) return null;
  let url: string;
  try {
    url = deps.vault.open({ sealed: session.sealedLink, context: linkContext(interviewId) });
  } catch {
    return 'link_unreadable';
  }
  return linkGates(url)[0] ?? null;
}
