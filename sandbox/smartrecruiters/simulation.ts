import type { Faults } from './faults.js';
import type { Limiter } from './limits.js';
import type { Statistics } from './statistics.js';
import type { World } from './world.js';

/** The parts that every route of one running simulator shares. */
export interface Simulation {
  world: World;
  faults: Faults;
  limiter: Limiter;
  statistics: Statistics;
  tokenLifetimeSeconds: number;
  /** How long every answer of the API takes at least; without it nothing is ever in flight. */
  latencyMs: number;
}
