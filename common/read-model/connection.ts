import mongoose from 'mongoose';

/** A connection of its own, never mongoose's global one, so that tests and processes do not meet. */
export type Database = mongoose.Connection;

/**
 * Connects without buffering: a query while MongoDB is away fails at once instead of waiting.
 * Rejects when the server does not answer within `timeoutMs`.
 */
export async function connectDatabase(options: {
  uri: string;
  appName: string;
  timeoutMs?: number;
}): Promise<Database> {
  const connection = mongoose.createConnection(options.uri, {
    appName: options.appName,
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
    serverSelectionTimeoutMS: options.timeoutMs ?? 5_000,
    socketTimeoutMS: 30_000,
    // A webhook that comes after a quiet hour must not wait for connections to be made.
    minPoolSize: 4,
    maxPoolSize: 50,
    retryWrites: false,
  });
  return await connection.asPromise();
}

export async function pingDatabase({ database }: { database: Database }): Promise<boolean> {
  try {
    await database.db?.admin().ping();
    return database.readyState === 1;
  } catch {
    return false;
  }
}
