import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Logger, temporalLogger } from '../common/logger.js';

/**
 * Once per process, before anything else touches Temporal's runtime. Its metrics answer on a
 * loopback address of their own, from which the operators' port passes them on.
 */
export function installRuntime(input: { logger: Logger; metricsAddress: string | null }): void {
  const { logger, metricsAddress } = input;
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: {
      logging: {
        forward: {},
        filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }),
      },
      ...(metricsAddress === null
        ? {}
        : { metrics: { prometheus: { bindAddress: metricsAddress } } }),
    },
  });
}
