import fc from 'fast-check';
import { expect, it } from 'vitest';

import { AnswerAssembler } from './answer-assembler.js';

/** Gives pieces that end at `cuts` from memory that is used again, as a socket does. */
function assembled(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const answers: Buffer[] = [];
  const assembler = new AnswerAssembler((answer) => answers.push(answer));
  const memory = Buffer.alloc(stream.length);
  const ends = [...new Set([...cuts.map((cut) => cut % (stream.length + 1)), stream.length])].sort(
    (a, b) => a - b,
  );
  let from = 0;
  for (const to of ends) {
    const size = stream.copy(memory, 0, from, to);
    assembler.add(memory.subarray(0, size));
    from = to;
  }
  expect(assembler.isWithin).toBe(false);
  return answers;
}

it('gives every answer whole, wherever the pieces end', () => {
  const answer = fc.uint8Array({ minLength: 1, maxLength: 50 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 6 }), fc.array(fc.nat()), (answers, cuts) => {
      const lengths = answers.map(({ length }) => Buffer.of(0, 0, 0, length));
      const stream = Buffer.concat(answers.flatMap((each, index) => [lengths[index]!, each]));
      expect(assembled(stream, cuts)).toEqual(answers);
    }),
  );
});

it('is within an answer from the first byte of its length on', () => {
  const assembler = new AnswerAssembler(() => undefined);
  expect(assembler.isWithin).toBe(false);
  assembler.add(Buffer.of(0));
  expect(assembler.isWithin).toBe(true);
});

it('refuses a length that no answer has', () => {
  expect(() => new AnswerAssembler(() => undefined).add(Buffer.of(255, 255, 255, 255))).toThrow(RangeError);
});
