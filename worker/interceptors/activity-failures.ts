import type { Context } from '@temporalio/activity';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptors,
  Next,
} from '@temporalio/worker';
import { toActivityFailure } from '../../activities/failures.js';
import type { Logger } from '../../common/logger.js';

/** From this attempt on each further one is logged: an activity in a crash loop says nothing else. */
const attemptsBeforeWarning = 10;

/**
 * The one place where an activity's error becomes a failure: whatever is thrown inside gets its name
 * and its retry delay here, and loses what must not be stored.
 */
export function activityFailures(logger: Logger): (context: Context) => ActivityInterceptors {
  return (context) => ({ inbound: new FailureMapping(context, logger) });
}

class FailureMapping implements ActivityInboundCallsInterceptor {
  readonly #context: Context;
  readonly #logger: Logger;

  constructor(context: Context, logger: Logger) {
    this.#context = context;
    this.#logger = logger;
  }

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const { activityType, attempt, workflowExecution } = this.#context.info;
    if (attempt >= attemptsBeforeWarning) {
      const { workflowId } = workflowExecution ?? {};
      this.#logger.warn(
        { activityType, attempt, workflowId },
        'an activity is tried again and again',
      );
    }
    try {
      return await next(input);
    } catch (error) {
      throw toActivityFailure(error, { attempt });
    }
  }
}
