import { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Config } from '../../common/config.js';
import { lazyClientConnection } from '../../common/temporal-connection.js';
import { nudgeSignal } from '../../workflows/contracts/interview-watch.js';

/** A client that reaches no server; what the product says to its watch is heard here. */
export interface HeardClient {
  client: Client;
  /** Resolves at the next nudge, at once when one came since the last call, or after `ms`. */
  nudgedOr(input: { ms: number; signal: AbortSignal }): Promise<void>;
}

/**
 * Stands where Temporal's client stands in the product's own composition: nudges of the watch are
 * heard, joins and attentions are taken and forgotten, no workflow ever runs.
 */
export function createHeardClient(config: Pick<Config, 'temporal'>): HeardClient {
  let nudged = false;
  let wake: () => void = () => undefined;
  const notThere = async (input: { workflowExecution: { workflowId?: string | null } }) => {
    const workflowId = input.workflowExecution.workflowId ?? '';
    throw new WorkflowNotFoundError('no workflow runs here', workflowId, undefined);
  };
  const client = new Client({
    connection: lazyClientConnection(config.temporal),
    interceptors: {
      workflow: [
        {
          async signal({ signalName }) {
            if (signalName !== nudgeSignal.name) return;
            nudged = true;
            wake();
          },
          signalWithStart: async () => 'run',
          start: async () => 'run',
          describe: notThere,
          cancel: notThere,
          terminate: notThere,
        },
      ],
    },
  });
  return {
    client,
    async nudgedOr({ ms, signal }) {
      if (!nudged && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', wake);
            resolve();
          };
          const timer = setTimeout(wake, ms);
          signal.addEventListener('abort', wake);
        });
      }
      wake = () => undefined;
      nudged = false;
    },
  };
}
