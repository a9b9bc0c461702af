import type { Bursts } from './bursts.js';
import type { Faults } from './faults.js';
import type { Limiter } from './limits.js';
import type { Cursors } from './paging.js';
import type { Reads } from './reads.js';
import type { Scripts } from './scripts.js';
import type { Statistics } from './statistics.js';
import type { Webhooks } from './webhooks.js';
import type { World } from './world.js';

/** The parts that every route of one running simulator shares. */
export interface Simulation {
  world: World;
  faults: Faults;
  limiter: Limiter;
  cursors: Cursors;
  reads: Reads;
  scripts: Scripts;
  webhooks: Webhooks;
  bursts: Bursts;
  statistics: Statistics;
  tokenLifetimeSeconds: number;
  /** How long every answer of the API takes at least; without it nothing is ever in flight. */
  latencyMs: number;
  /** How many simulated seconds pass in a real one. */
  timeFactor: number;
}
