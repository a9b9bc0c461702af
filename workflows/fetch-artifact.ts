import { setCurrentDetails } from '@temporalio/workflow';
import { artifactActivities } from './activity-proxies.js';
import type { FetchArtifactInput, FetchArtifactResult } from './contracts/artifacts.js';

/**
 * Fetches one recording or transcript for somebody who waits for it.
 *
 * Started by the API, which never speaks to a provider itself; id
 * `fetch-artifact/{orgId}/{generation}/{interviewId}/{sessionId}/{kind}`, so that readers who ask at
 * the same time share one run. Takes no messages; one activity, which leaves what it found sealed in
 * the store, then it ends and says only whether something is there. Fails when the provider did not
 * answer in several tries.
 */
export async function fetchArtifact(input: FetchArtifactInput): Promise<FetchArtifactResult> {
  const { taskQueues, ...key } = input;
  const { fetchArtifact: fetchOne } = artifactActivities({ taskQueues });
  const result = await fetchOne.executeWithOptions({ summary: `fetch the ${key.kind}` }, [key]);
  setCurrentDetails(
    result.state === 'ready' ? `The ${key.kind} is there.` : `There is no ${key.kind}, or not yet.`,
  );
  return result;
}
