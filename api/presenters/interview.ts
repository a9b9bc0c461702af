import { z } from 'zod';
import type { InterviewDoc, SessionProgress } from '../../common/read-model/documents.js';
import { decisionCodes } from '../../workflows/contracts/decision.js';
import type { Stopping } from '../../workflows/contracts/installation.js';
import { reasonWords } from '../../workflows/contracts/reason-words.js';
import type { ConsentMode } from '../../workflows/contracts/settings.js';
import { epochMs, stopReason, version } from './common.js';

export const verdicts = ['join', 'skip', 'wait'] as const;
export const joinStates = [
  'waiting',
  'checking',
  'requested',
  'lobby',
  'joined',
  'recording',
  'ended',
] as const;
export const sessionOutcomes = ['captured', 'missed', 'skipped', 'cancelled'] as const;

const linkProvider = z
  .enum(['zoom', 'google_meet', 'microsoft_teams', 'webex', 'other'])
  .meta({ id: 'LinkProvider' });

const decision = z
  .object({
    verdict: z.enum(verdicts),
    code: z.enum(decisionCodes),
    explanation: z.string(),
    decidedBy: z.enum(['rules', 'owner', 'person', 'candidate', 'system']),
    fixableBy: z.enum(['owner', 'admin', 'recruiter', 'candidate', 'operations', 'nobody']),
  })
  .meta({ id: 'Decision', description: 'Whether the notetaker will join, and why.' });

const session = z
  .object({
    sessionId: z.string(),
    provider: linkProvider.nullable(),
    startsAt: epochMs,
    endsAt: epochMs,
    state: z.enum(joinStates),
    outcome: z.enum(sessionOutcomes).nullable(),
    reason: z.string().nullable(),
    explanation: z.string().nullable().meta({ description: 'The reason in plain words.' }),
    remedy: z.string().nullable().meta({ description: 'What somebody can do about it.' }),
    plannedAt: epochMs.nullable(),
    requestedAt: epochMs.nullable(),
    joinedAt: epochMs.nullable(),
    endedAt: epochMs.nullable(),
  })
  .meta({ id: 'Session', description: 'Timeslots that share one meeting room: one notetaker.' });

const consentStates = [
  'external',
  'none',
  'held',
  'pending',
  'accepted',
  'undeliverable',
  'declined',
] as const;

export const interview = z
  .object({
    interviewId: z.string(),
    applicationId: z.string(),
    jobId: z.string(),
    title: z.string(),
    interviewType: z.string().nullable(),
    startsAt: epochMs,
    endsAt: epochMs,
    timezone: z.string(),
    link: z.object({
      state: z.enum(['found', 'none', 'unreadable', 'set_by_person']),
      provider: linkProvider.nullable(),
    }),
    consent: z.object({
      mode: z.enum(['notice', 'opt_in', 'external']),
      state: z.enum(consentStates),
    }),
    choice: z
      .object({
        action: z.enum(['join', 'skip']),
        by: z.string(),
        at: epochMs,
        reason: z.string().nullable(),
      })
      .nullable(),
    decision,
    sessions: z.array(session),
    stopping: z.object({ since: epochMs, reason: stopReason }).nullable(),
    version,
  })
  .meta({ id: 'Interview' });

export const interviewWithTimeline = interview
  .extend({
    timeline: z.array(
      z.object({ at: epochMs, kind: z.string(), detail: z.string(), by: z.string() }),
    ),
  })
  .meta({ id: 'InterviewWithTimeline' });

export type InterviewShape = z.output<typeof interview>;
type SessionShape = z.output<typeof session>;

export interface InterviewPresentation {
  doc: InterviewDoc;
  consentMode: ConsentMode;
  /** Opens what a person wrote when choosing; null when it cannot be opened. */
  openReason: (input: { interviewId: string; sealed: string }) => string | null;
  /** Newer than what the document says, when a command has just answered. */
  stopping: Stopping[] | null;
}

export function presentInterview(input: InterviewPresentation): InterviewShape {
  const { doc } = input;
  return {
    interviewId: doc.interviewId,
    applicationId: doc.applicationId,
    jobId: doc.jobId,
    title: doc.title,
    interviewType: doc.interviewType,
    startsAt: doc.startsAt,
    endsAt: doc.endsAt,
    timezone: doc.timezone,
    link: { state: doc.link.state, provider: doc.link.provider },
    consent: { mode: input.consentMode, state: consentState(input) },
    choice: presentChoice(input),
    decision: doc.decision,
    sessions: presentSessions({ doc }),
    stopping: presentStopping(input),
    version: doc.version,
  };
}

export function presentInterviewWithTimeline(
  input: InterviewPresentation,
): z.output<typeof interviewWithTimeline> {
  return { ...presentInterview(input), timeline: input.doc.timeline };
}

function presentStopping({ doc, stopping }: InterviewPresentation): InterviewShape['stopping'] {
  const told = stopping?.find(({ interviewId }) => interviewId === doc.interviewId);
  const found = told ?? doc.stopping;
  return found && { since: found.since, reason: found.reason };
}

function presentChoice({ doc, openReason }: InterviewPresentation): InterviewShape['choice'] {
  if (doc.choice === null) return null;
  const { action, by, at, sealedReason } = doc.choice;
  const reason =
    sealedReason === null
      ? null
      : openReason({ interviewId: doc.interviewId, sealed: sealedReason });
  return { action, by, at, reason };
}

function consentState({ doc, consentMode }: InterviewPresentation) {
  if (doc.decision.code === 'declined') return 'declined';
  return consentMode === 'external' ? 'external' : doc.notice.state;
}

/** What is planned, with how far each came; then sessions that are gone from the plan but have a history. */
function presentSessions({ doc }: { doc: InterviewDoc }): SessionShape[] {
  const progress = new Map(
    Object.values(doc.progress).map((session) => [session.sessionId, session]),
  );
  const planned = doc.plan.map((session) => ({
    sessionId: session.sessionId,
    provider: session.provider,
    startsAt: session.startsAt,
    endsAt: session.endsAt,
    ...progressOf(progress.get(session.sessionId)),
  }));
  const ids = new Set(doc.plan.map(({ sessionId }) => sessionId));
  const former = [...progress.values()]
    .filter(({ sessionId }) => !ids.has(sessionId))
    .map((session) => ({
      sessionId: session.sessionId,
      provider: null,
      startsAt: session.startsAt,
      endsAt: session.endsAt,
      ...progressOf(session),
    }));
  return [...planned, ...former].sort((a, b) => a.startsAt - b.startsAt);
}

function progressOf(progress: SessionProgress | undefined) {
  const reason = progress?.reason ?? null;
  const words = reason === null ? null : reasonWords(reason);
  return {
    state: progress?.state ?? 'waiting',
    outcome: progress?.outcome ?? null,
    reason,
    explanation: words?.sentence ?? null,
    remedy: words?.remedy ?? null,
    plannedAt: progress?.plannedAt ?? null,
    requestedAt: progress?.requestedAt ?? null,
    joinedAt: progress?.joinedAt ?? null,
    endedAt: progress?.endedAt ?? null,
  } as const;
}
