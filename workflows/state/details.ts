import type { InstallationState } from '../contracts/installation.js';
import type { InterviewWatchState, SliceReport } from '../contracts/interview-watch.js';
import type { JoinInterviewState, JoinSession } from '../contracts/join-interview.js';

/** Current details: what an operator reads first in the Temporal UI. Markdown, ids, never people. */

function instant(at: number | null): string {
  return at === null ? '–' : new Date(at).toISOString();
}

export function installationDetails(state: InstallationState): string {
  const attentions = Object.entries(state.attentions).map(
    ([code, { since }]) => `\`${code}\` since ${instant(since)}`,
  );
  const stops = state.stops.map(
    (stop) =>
      `- \`${stop.interviewId}\` ${stop.holderState}, ${stop.reason} since ${instant(stop.since)}`,
  );
  return [
    `**${state.phase ?? 'not installed'}** · ${state.settings.captureMode} · version ${state.version} · epoch ${state.epoch}`,
    `Generation \`${state.generation}\``,
    attentions.length === 0
      ? 'Nothing needs an Owner.'
      : `Needs an Owner: ${attentions.join(', ')}`,
    state.validation === null ? '' : `Validating (${state.validation.kind})`,
    state.reconcile.length === 0 ? '' : `${state.reconcile.length} scopes to decide anew`,
    stops.length === 0 ? 'No bot is stopping.' : `Stopping:\n${stops.join('\n')}`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

export function watchDetails(
  state: InterviewWatchState,
  last: SliceReport | null,
  nextAt: number | null,
): string {
  const report =
    last === null
      ? 'No slice yet.'
      : `Last slice: ${last.checked} rows read, ${last.changed} changed, ${last.failed} failed, ${last.requests} requests.`;
  return [
    state.paused ? '**paused**' : '**watching**',
    report,
    `Slices in a row that failed: ${state.failures}`,
    `Next slice: ${state.paused ? 'when resumed' : instant(nextAt)}`,
  ].join('\n\n');
}

function sessionLine(session: JoinSession): string {
  const what = session.outcome ?? session.state;
  const why = session.outcome === null ? session.code : (session.reason ?? session.code);
  const next =
    session.outcome === null && session.state === 'waiting'
      ? `; request planned at ${instant(session.plannedAt)}`
      : '';
  return `- \`${session.sessionId}\` **${what}** (${session.verdict}: ${why}), starts ${instant(session.startsAt)}, attempt ${session.attempt}${next}`;
}

export function joinDetails(interviewId: string, state: JoinInterviewState): string {
  const sessions = state.sessions.map(sessionLine);
  return [
    `Interview \`${interviewId}\``,
    sessions.length === 0 ? 'No sessions yet.' : sessions.join('\n'),
  ].join('\n\n');
}
