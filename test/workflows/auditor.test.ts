import { randomUUID } from 'node:crypto';
import type { auditor } from '../../workflows/auditor.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';

describe('the auditor', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  it('sweeps once and ends with what it found', async () => {
    const report = {
      bots: 3,
      orphansRemoved: 1,
      claimsFreed: 0,
      requestsSettled: 2,
      stopsAdvanced: 0,
      alertsDelivered: 1,
      watchesMended: 0,
      noticesMended: 0,
      alarmsRaised: 1,
    };
    env.fakes.always('audit', async () => report);

    const result = await env.client.workflow.execute<typeof auditor>('auditor', {
      workflowId: `auditor-${randomUUID()}`,
      taskQueue: env.taskQueues.integration,
      args: [{ taskQueues: env.taskQueues }],
    });

    expect(result).toEqual(report);
    expect(env.fakes.countOf('audit')).toBe(1);
  });
});
