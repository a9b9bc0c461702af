import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { joinInterviewWorkflowId } from '../../../workflows/contracts/ids.js';
import {
  botEventSignal,
  type DesiredJoin,
  type DesiredSession,
  desiredSignal,
  type JoinInterviewResult,
  type JoinSession,
  joinStateQuery,
  roomReleasedSignal,
} from '../../../workflows/contracts/join-interview.js';
import type { joinInterview } from '../../../workflows/join-interview.js';
import { eventually } from '../../support/eventually.js';
import type { WorkflowEnvironment } from '../../support/workflow-env.js';

/** A session that begins in `inMs` and lasts `lastsMs`; by itself it may be joined at once. */
export function desiredSession(
  session: Partial<DesiredSession> & { inMs?: number; lastsMs?: number; now?: number } = {},
): DesiredSession {
  const { inMs = 200, lastsMs = 60_000, now = Date.now(), ...rest } = session;
  const startsAt = rest.startsAt ?? now + inMs;
  return {
    sessionId: 'session-1',
    endsAt: startsAt + lastsMs,
    roomKey: 'room-1',
    verdict: 'join',
    code: 'will_join',
    wantedAt: null,
    ...rest,
    startsAt,
  };
}

/** One interview's join as the reconcile activity drives it: signal-with-start, whole states. */
export function driveJoin(
  env: WorkflowEnvironment,
  options: { maxHistoryEvents?: number; interviewId?: string } = {},
) {
  const orgId = `org-${randomUUID().slice(0, 8)}`;
  const generation = 'generation-1';
  const interviewId = options.interviewId ?? 'interview-1';
  const workflowId = joinInterviewWorkflowId({ orgId, generation, interviewId });
  let version = 0;
  let newest: WorkflowHandle<typeof joinInterview> =
    env.client.workflow.getHandle<typeof joinInterview>(workflowId);

  async function send(desired: DesiredJoin): Promise<void> {
    newest = await env.client.workflow.signalWithStart<typeof joinInterview, [DesiredJoin]>(
      'joinInterview',
      {
        workflowId,
        taskQueue: env.taskQueues.integration,
        args: [
          {
            orgId,
            generation,
            interviewId,
            taskQueues: env.taskQueues,
            times: env.times,
            maxHistoryEvents: options.maxHistoryEvents ?? null,
            state: null,
          },
        ],
        signal: desiredSignal,
        signalArgs: [desired],
      },
    );
  }

  async function desire(
    sessions: DesiredSession[],
    more: { mailDue?: boolean; version?: number; lead?: DesiredJoin['lead'] } = {},
  ): Promise<void> {
    version = more.version ?? version + 1;
    const lead = more.lead === undefined ? {} : { lead: more.lead };
    await send({ version, jobId: 'job-1', sessions, mailDue: more.mailDue ?? false, ...lead });
  }

  async function session(sessionId = 'session-1'): Promise<JoinSession | undefined> {
    const { sessions } = await newest.query(joinStateQuery);
    return sessions.find((candidate) => candidate.sessionId === sessionId);
  }

  return {
    desire,
    session,
    handle: () => newest,
    state: () => newest.query(joinStateQuery),
    botEvent: () => newest.signal(botEventSignal),
    roomReleased: () => newest.signal(roomReleasedSignal),
    result: (): Promise<JoinInterviewResult> => newest.result(),
    /** Waits until a session is in this state, and returns it. */
    async reaches(
      state: JoinSession['state'],
      more: (session: JoinSession) => boolean = () => true,
    ): Promise<JoinSession> {
      return await eventually(
        async () => {
          const found = await session();
          return found?.state === state && more(found) ? found : null;
        },
        { what: `a session that is ${state}` },
      );
    },
    async outcome(sessionId = 'session-1') {
      const { sessions } = await newest.result();
      return sessions.find((candidate) => candidate.sessionId === sessionId);
    },
  };
}
