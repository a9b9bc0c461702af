import { StoreUnavailableError } from './read-model.js';

/**
 * Runs a call to MongoDB; one that fails because the server is away throws `StoreUnavailableError`,
 * anything else (a fault of ours) goes on as it is.
 */
export async function storeCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isAway(error)) throw new StoreUnavailableError('MongoDB does not answer', { cause: error });
    throw error;
  }
}

/** Names of the driver's and of mongoose's errors for a server that cannot be reached or cannot serve. */
const away = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoPoolClosedError',
  'MongoPoolClearedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongooseServerSelectionError',
  'DisconnectedError',
]);

/** NotWritablePrimary, PrimarySteppedDown, ShutdownInProgress and their like. */
const awayCodes = new Set([91, 189, 10107, 11600, 11602, 13435, 13436]);

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (away.has(error.name)) return true;
  // With `bufferCommands: false` mongoose itself refuses what comes before the connection.
  if (error.name === 'MongooseError' && /before initial connection/.test(error.message))
    return true;
  const { code } = error as { code?: unknown };
  return typeof code === 'number' && awayCodes.has(code);
}

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 11_000;
}
