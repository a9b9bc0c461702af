import type { Activities } from '../workflows/contracts/activities.js';
import { createArtifactActivities } from './artifacts.js';
import { createAuditorActivities } from './auditor.js';
import type { ActivityDeps } from './deps.js';
import { createInstallationActivities } from './installation.js';
import { createWatchActivities } from './interview-watch.js';
import { createJoinActivities } from './join-interview.js';

/** All activities as one object; every task queue's worker registers the same. */
export function createActivities(deps: ActivityDeps): Activities {
  return {
    ...createInstallationActivities(deps),
    ...createWatchActivities(deps),
    ...createJoinActivities(deps),
    ...createAuditorActivities(deps),
    ...createArtifactActivities(deps),
  };
}
