import type { Tier } from './control-inputs.js';
import type { Application } from './records.js';
import type { World } from './world.js';

const dayMs = 86_400_000;

/** A candidate untouched for longer than this makes a new application cold. */
const coldAfterMs = 35 * dayMs;

/** What one can tell of an application without its interviews; null when it is over. */
export function tierOf(options: { world: World; application: Application }): Tier | null {
  const { world, application } = options;
  switch (application.status) {
    case 'INTERVIEW':
    case 'OFFERED':
      return 'hot';
    case 'NEW':
    case 'IN_REVIEW':
    case 'LEAD': {
      const updatedAt = world.candidates.get(application.candidateId)?.updatedAt ?? 0;
      return world.now() - updatedAt > coldAfterMs ? 'cold' : 'warm';
    }
    case 'HIRED':
    case 'REJECTED':
    case 'WITHDRAWN':
    case 'TRANSFERRED':
      return null;
  }
}
