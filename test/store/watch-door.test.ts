import { randomUUID } from 'node:crypto';
import { createWorkflowDoor } from '../../activities/workflow-door.js';
import { eventually } from '../support/eventually.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';

let env: WorkflowEnvironment;

beforeEach(async () => {
  env = await startWorkflowEnvironment();
});

afterEach(() => env.close());

describe('a watch that the auditor starts', () => {
  it('runs, is one however often it is started, and ends when it is cancelled', async () => {
    const door = createWorkflowDoor(env);
    const life = { orgId: `org-${randomUUID().slice(0, 8)}`, generation: 'life-1' };
    expect(await door.isWatchRunning(life)).toBe(false);
    await door.startWatch(life);
    await door.startWatch(life);
    expect(await door.isWatchRunning(life)).toBe(true);
    const runs = await eventually(async () => {
      const { count } = await env.client.workflow.count(
        `WorkflowId = 'interview-watch/${life.orgId}/life-1'`,
      );
      return count;
    });
    expect(runs).toBe(1);
    await door.cancelWatch(life);
    await eventually(async () => !(await door.isWatchRunning(life)));
    await door.cancelWatch(life);
  });
});
