/**
 * Three queues, so that a last look never waits for a slot behind a sweep:
 * `integration` runs the workflows and the work on the store, `join` what a bot waits for,
 * `watch` the slices that read the vendor.
 */
export const taskQueues = {
  integration: 'integration',
  join: 'join',
  watch: 'watch',
} as const;

export type TaskQueues = { integration: string; join: string; watch: string };
