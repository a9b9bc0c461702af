import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createTemporalGateway } from '../../api/temporal-gateway.js';
import type { ArtifactKey } from '../../workflows/contracts/artifacts.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import { fetchArtifactWorkflowId } from '../../workflows/contracts/ids.js';
import type { fetchArtifact } from '../../workflows/fetch-artifact.js';
import { eventually } from '../support/eventually.js';
import { held } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';

describe('fetching an artifact', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  const keyOf = (part: Partial<ArtifactKey> = {}): ArtifactKey => ({
    orgId: `org-${randomUUID().slice(0, 8)}`,
    generation: 'gen-1',
    interviewId: 'int/1',
    sessionId: 'slot 1',
    kind: 'recording',
    ...part,
  });
  const gateway = (answerMs = 15_000) =>
    createTemporalGateway({
      client: env.client,
      queues: env.taskQueues,
      times: { acceptMs: 10_000, answerMs, lookMs: 2_000 },
    });

  it('fails when the provider never answers, after a few tries', async () => {
    env.fakes.always('fetchArtifact', async () => {
      throw ApplicationFailure.create({
        type: failureTypes.providerUnavailable,
        nextRetryDelay: 10,
      });
    });
    const key = keyOf();
    const running = env.client.workflow.execute<typeof fetchArtifact>('fetchArtifact', {
      workflowId: fetchArtifactWorkflowId(key),
      taskQueue: env.taskQueues.integration,
      args: [{ ...key, taskQueues: env.taskQueues }],
    });
    await expect(running).rejects.toBeInstanceOf(WorkflowFailedError);
    expect(env.fakes.countOf('fetchArtifact')).toBe(3);
    expect(await gateway().fetchArtifact(keyOf())).toEqual({ kind: 'unavailable' });
  });

  it('is shared by readers who ask at the same time, and done anew for the next', async () => {
    const { promise, answer } = held<{ state: 'ready' }>();
    env.fakes.always('fetchArtifact', () => promise);
    const key = keyOf();
    const both = [gateway().fetchArtifact(key), gateway().fetchArtifact(key)];
    await eventually(() => env.fakes.countOf('fetchArtifact') === 1);
    answer({ state: 'ready' });
    expect(await Promise.all(both)).toEqual([
      { kind: 'done', state: 'ready' },
      { kind: 'done', state: 'ready' },
    ]);
    expect(env.fakes.inputsOf('fetchArtifact')).toEqual([key]);
    expect(await gateway().fetchArtifact(key)).toEqual({ kind: 'done', state: 'ready' });
    expect(env.fakes.countOf('fetchArtifact')).toBe(2);
  });

  it('goes on when its reader no longer waits', async () => {
    const { promise, answer } = held<{ state: 'none' }>();
    env.fakes.always('fetchArtifact', () => promise);
    const key = keyOf({ kind: 'transcript' });
    expect(await gateway(300).fetchArtifact(key)).toEqual({ kind: 'unavailable' });
    answer({ state: 'none' });
    const handle = env.client.workflow.getHandle<typeof fetchArtifact>(
      fetchArtifactWorkflowId(key),
    );
    expect(await handle.result()).toEqual({ state: 'none' });
  });

  it('has ids of its own for each part, whatever the vendor’s ids hold', () => {
    expect(fetchArtifactWorkflowId({ ...keyOf(), orgId: 'acme' })).toBe(
      'fetch-artifact/acme/gen-1/int%2F1/slot%201/recording',
    );
  });
});
