import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { interviewWatchWorkflowId } from '../../workflows/contracts/ids.js';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';
import { searchAttributeList } from '../../workflows/contracts/search-attributes.js';
import type { interviewWatch } from '../../workflows/interview-watch.js';
import {
  startWorkflowEnvironment,
  testDataConverter,
  type WorkflowEnvironment,
} from '../support/workflow-env.js';
import { desiredSession, driveJoin } from '../workflows/support/join-driver.js';

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * The real times, on a server that skips what nobody waits for. Time is global to that server and
 * runs while a result is awaited: each test has the server for itself and awaits one result.
 */
describe('with the times of production', () => {
  let server: TestWorkflowEnvironment;
  let env: WorkflowEnvironment;

  beforeEach(async () => {
    const path = process.env.TEST_TIME_SKIPPING_SERVER;
    if (path === undefined) throw new Error('TEST_TIME_SKIPPING_SERVER is not set: use npm test');
    server = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
      client: { dataConverter: testDataConverter() },
    });
    // An attribute that the server does not know fails the workflow task, again and again.
    await server.connection.operatorService.addSearchAttributes({
      namespace: server.client.options.namespace,
      searchAttributes: Object.fromEntries(
        searchAttributeList.map(({ name, type }) => [name, type === 'Datetime' ? 6 : 2]),
      ),
    });
    env = await startWorkflowEnvironment({
      times: protocolTimes,
      connections: { client: server.client, connection: server.nativeConnection },
    });
  });
  afterEach(async () => {
    await env.close();
    await server.teardown();
  });

  /** The server's clock, in epoch milliseconds, when the request for a bot went out. */
  function requestTimes(): number[] {
    const times: number[] = [];
    env.fakes.always('requestBot', async () => {
      times.push(await server.currentTimeMs());
      return { kind: 'sent', botId: 'bot-1' };
    });
    return times;
  }

  it('asks for the bot of an interview in five days between 8 and 2 minutes before it', async () => {
    const requested = requestTimes();
    const now = await server.currentTimeMs();
    const session = desiredSession({ now, inMs: 5 * day, lastsMs: 60 * minute });
    const join = driveJoin(env);
    await join.desire([session]);

    expect((await join.result()).sessions).toEqual([
      { sessionId: 'session-1', outcome: 'captured', reason: null },
    ]);

    const ahead = session.startsAt - (requested[0] ?? 0);
    expect(requested).toHaveLength(1);
    expect(ahead).toBeLessThanOrEqual(8 * minute);
    expect(ahead).toBeGreaterThan(2 * minute - 10_000);
    const planned = env.fakes.inputsOf('recordSession')[0]?.session.plannedAt ?? 0;
    expect((requested[0] ?? 0) - planned).toBeLessThan(10_000);
    expect(planned - (requested[0] ?? 0)).toBeLessThanOrEqual(protocolTimes.lastLookMs);
  });

  it('follows an interview that is moved from the fifth day to the second', async () => {
    const requested = requestTimes();
    const now = await server.currentTimeMs();
    const moved = desiredSession({ now, inMs: 2 * day, lastsMs: 60 * minute });
    const join = driveJoin(env);
    await join.desire([desiredSession({ now, inMs: 5 * day, lastsMs: 60 * minute })]);
    await join.reaches('waiting');
    await server.sleep(day);

    await join.desire([moved]);
    await join.result();

    expect(requested).toHaveLength(1);
    expect(moved.startsAt - (requested[0] ?? 0)).toBeLessThanOrEqual(8 * minute);
    expect(requested[0]).toBeLessThan(moved.startsAt);
  });

  it('gives an interview that is moved by thirty days back to the watch, at once', async () => {
    const now = await server.currentTimeMs();
    const join = driveJoin(env);
    await join.desire([desiredSession({ now, inMs: 5 * day })]);
    await join.reaches('waiting');

    await join.desire([desiredSession({ now, inMs: 35 * day })]);

    expect((await join.result()).outcome).toBe('returned_to_watch');
    // Its own end: once it has ended, the server may skip on to whatever comes next.
    const { closeTime } = await join.handle().describe();
    expect((closeTime?.getTime() ?? Infinity) - now).toBeLessThan(day);
    expect(env.fakes.countOf('claimRoom')).toBe(0);
  });

  it('watches for days with nothing due, and never rests longer than it may', async () => {
    const times: number[] = [];
    const days = 2;
    const started = await server.currentTimeMs();
    const life = { orgId: `org-${randomUUID().slice(0, 8)}`, generation: 'generation-1' };
    const watch = await env.client.workflow.start<typeof interviewWatch>('interviewWatch', {
      workflowId: interviewWatchWorkflowId(life),
      taskQueue: env.taskQueues.integration,
      args: [
        {
          ...life,
          taskQueues: env.taskQueues,
          times: { ...protocolTimes, watchIdleMs: 60 * minute },
          maxHistoryEvents: 200,
          state: null,
        },
      ],
    });
    env.fakes.always('watchSlice', async () => {
      times.push(await server.currentTimeMs());
      if ((times.at(-1) ?? 0) - started > days * day) await watch.cancel();
      return { checked: 0, changed: 0, failed: 0, requests: 0, nextDueAt: null };
    });

    await watch.result().catch(() => undefined);

    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(pauses.length).toBeGreaterThanOrEqual(days * 20);
    expect(Math.max(...pauses)).toBeLessThan(1.2 * 60 * minute);
  });
});
