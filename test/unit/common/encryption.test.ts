import { randomBytes } from 'node:crypto';
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
  encodeErrorToFailure,
  encodeToPayloads,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { createDataConverter } from '../../../common/data-converter.js';
import { createEncryptionCodec } from '../../../common/encryption-codec.js';
import { keyRingOf, rotated } from './fixtures.js';

const keys = keyRingOf('k1');
const codec = createEncryptionCodec({ keys });
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const plainOf = (value: Payload | undefined) =>
  value && defaultPayloadConverter.fromPayload<unknown>(value);
const bytesOf = (value: Payload | undefined) => Buffer.from(value?.data ?? []);

describe('the encryption codec', () => {
  it('refuses a payload of a key it does not have, naming the key', async () => {
    const sealed = await codec.encode([payload('x')]);
    const other = createEncryptionCodec({ keys: keyRingOf('k2') });
    await expect(other.decode(sealed)).rejects.toMatchObject({
      name: 'PayloadDecryptionError',
      code: 'unknown_key',
      message: expect.stringContaining('"k1"'),
    });
  });

  it('refuses a payload in which any one byte was changed, or that was cut off', async () => {
    const [sealed] = await codec.encode([payload({ orgId: 'org-1' })]);
    const data = bytesOf(sealed);
    for (let index = 0; index < data.length; index += 1) {
      const changed = Buffer.from(data);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      await expect(codec.decode([{ ...sealed, data: changed }])).rejects.toMatchObject({
        code: 'unreadable',
      });
    }
    for (const length of [0, 5, 27, data.length - 1]) {
      await expect(
        codec.decode([{ ...sealed, data: data.subarray(0, length) }]),
      ).rejects.toMatchObject({ code: 'unreadable' });
    }
  });

  it('refuses a payload relabelled with another key of the same bytes', async () => {
    const all = new Map([...keys.all, ['k9', keys.current.key]]);
    const [sealed] = await codec.encode([payload('x')]);
    const relabelled = {
      ...sealed,
      metadata: { ...sealed?.metadata, 'encryption-key-id': Buffer.from('k9') },
    };
    await expect(
      createEncryptionCodec({ keys: { current: keys.current, all } }).decode([relabelled]),
    ).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('hides values and metadata, and gives both back', async () => {
    const values = ['text', { nested: [1, null] }, null, undefined, new Uint8Array([1, 2])];
    const sealed = await codec.encode(values.map(payload));
    expect(sealed.map((one) => Buffer.from(one.metadata?.encoding ?? []).toString())).toEqual(
      values.map(() => 'binary/encrypted'),
    );
    expect(bytesOf(sealed[0]).includes('text')).toBe(false);
    expect((await codec.decode(sealed)).map(plainOf)).toEqual(values);
  });

  it('opens what an older key sealed, and seals with the new one', async () => {
    const old = await codec.encode([payload('old')]);
    const now = createEncryptionCodec({ keys: rotated(keys, 'k2') });
    const [renewed] = await now.encode(await now.decode(old));
    expect(Buffer.from(renewed?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('k2');
    expect((await now.decode(old)).map(plainOf)).toEqual(['old']);
  });

  it('passes payloads without its marker through unchanged', async () => {
    const clear = [payload('clear'), { metadata: {}, data: randomBytes(40) }, {}];
    expect(await codec.decode(clear)).toEqual(clear);
  });
});

describe('the data converter', () => {
  const converter = loadDataConverter(createDataConverter({ codecKeys: keys }));

  it('gives values back', async () => {
    const payloads = await encodeToPayloads(converter, { at: 5 });
    expect(JSON.stringify(payloads)).not.toContain(Buffer.from('"at"').toString('base64'));
    expect(await decodeFromPayloadsAtIndex(converter, 0, payloads)).toEqual({ at: 5 });
  });

  it('hides message and stack trace of a failure and of its cause', async () => {
    const error = ApplicationFailure.create({
      message: 'jane was refused',
      type: 'refused',
      cause: new Error('inner secret'),
    });
    const failure = await encodeErrorToFailure(converter, error);
    const stored = JSON.stringify(failure);
    expect(failure.message).toBe('Encoded failure');
    expect(failure.stackTrace).toBe('');
    expect(failure.applicationFailureInfo?.type).toBe('refused');
    expect(stored).not.toContain('jane');
    expect(stored).not.toContain('inner secret');

    const back = await decodeOptionalFailureToOptionalError(converter, failure);
    expect(back).toMatchObject({ message: 'jane was refused', type: 'refused' });
    expect(back?.stack).toContain('encryption.test');
    expect(back?.cause).toMatchObject({ message: 'inner secret' });
  });
});
