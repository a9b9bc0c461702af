import { randomUUID } from 'node:crypto';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import { required } from '../support/required.js';

interface Counted {
  _id: string;
  words: number[];
  /** Makes the answer long: the longer it takes to write out, the more can come in between. */
  pad: string;
  version: number;
}

const rounds = 15;
const writersEach = 20;
let databases: Database[];

beforeAll(async () => {
  const uri = new URL(required('TEST_MONGODB_URI'));
  uri.pathname = `/whole-${randomUUID().slice(0, 8)}`;
  const connect = () => connectDatabase({ uri: uri.toString(), appName: 'test' });
  databases = await Promise.all([connect(), connect(), connect(), connect()]);
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
});

/**
 * What every compare-and-set of the product rests on: a document is read as one write left it. A
 * database that mixed two would lose a write that it has acknowledged.
 */
it('a document is never read half before and half after a write, and no write is lost', async () => {
  const collections = databases.map((database) => database.collection<Counted>('counted'));
  const [first] = collections;
  if (first === undefined) throw new Error('no connection');
  let torn = 0;
  const lost: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const _id = `round-${round}`;
    await first.insertOne({ _id, words: [], pad: 'p'.repeat(2_000), version: 0 });
    const write = async (word: number) => {
      const collection = collections[word % collections.length] ?? first;
      for (;;) {
        const read = await collection.findOne({ _id });
        if (read === null) throw new Error('the document is gone');
        const { words, version } = read;
        if (words.length !== version) torn += 1;
        const change = { words: [...words, word], version: version + 1 };
        const { matchedCount } = await collection.updateOne({ _id, version }, { $set: change });
        if (matchedCount === 1) return;
      }
    };
    await Promise.all(Array.from({ length: writersEach }, (_, word) => write(word)));
    const written = (await first.findOne({ _id }))?.words ?? [];
    if (new Set(written).size !== writersEach) lost.push(_id);
  }
  expect({ torn, lost }).toEqual({ torn: 0, lost: [] });
}, 120_000);
