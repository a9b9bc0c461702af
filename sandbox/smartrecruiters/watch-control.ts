import { found, type Handlers } from './control-handlers.js';
import { seedWorld } from './seed-world.js';
import type { Simulation } from './simulation.js';

/** The controls that make a world change by itself and tell how well it is watched. */
export type WatchHandlers = Pick<
  Handlers,
  | 'seedWorld'
  | 'startScript'
  | 'stopScript'
  | 'scriptState'
  | 'ledger'
  | 'reads'
  | 'hideJobs'
  | 'useElsewhere'
  | 'expireCursors'
>;

export function watchHandlers(simulation: Simulation): WatchHandlers {
  const { world, scripts, reads, limiter, cursors, timeFactor } = simulation;
  const known = (companyId: string): string => found(world.companies, companyId, 'company').id;
  return {
    seedWorld: (input) => seedWorld({ world, input, timeFactor }),
    startScript(input) {
      known(input.companyId);
      return scripts.start(input);
    },
    stopScript: ({ companyId }) => scripts.stop(known(companyId)),
    scriptState: ({ companyId }) => scripts.state(known(companyId)),
    ledger: ({ companyId, since }) =>
      scripts.ledger(known(companyId)).filter(({ at }) => since === undefined || at >= since),
    reads: ({ companyId }) => reads.ofCompany(known(companyId)),
    hideJobs({ clientId, jobIds }) {
      const credential = found(world.credentials, clientId, 'credential');
      credential.hiddenJobIds = jobIds.map((jobId) => found(world.jobs, jobId, 'job').id);
      world.changed();
      return credential;
    },
    useElsewhere({ clientId, perSecond }) {
      found(world.credentials, clientId, 'credential');
      limiter.useElsewhere({ clientId, perSecond });
      return { done: true };
    },
    expireCursors({ status }) {
      cursors.expire(status ?? 400);
      return { done: true };
    },
  };
}
