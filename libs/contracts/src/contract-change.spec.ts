import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseContract } from './catalogue/parse-contract.js';
import { announcesBreak, compareContracts } from './contract-change.js';
import type { Contract } from './contract.js';

const FILE = fileURLToPath(new URL('../../../catalog/contracts/payments.yaml', import.meta.url));
const TEXT = readFileSync(FILE, 'utf8');

function payments(...edits: readonly (readonly [string, string])[]): Contract {
  let text = TEXT;
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`not in payments.yaml: ${from}`);
    text = text.replace(from, to);
  }
  const { contract, problems } = parseContract(text, 'contracts/payments.yaml');
  if (contract === undefined) throw new Error(JSON.stringify(problems));
  return contract;
}

const change = (...edits: readonly (readonly [string, string])[]): string[] =>
  compareContracts(payments(), payments(...edits)).map(({ kind, what }) => `${kind}: ${what}`);

const NEW = '  - { name: cardBin, logicalType: string, description: First digits. }\n';

describe('a changed contract', () => {
  it('is the same when only words for people changed', () => {
    expect(
      change(
        ['businessName: Payment attempts', 'businessName: Payments'],
        ['owner: payments-team', 'owner: growth-team'],
      ),
    ).toEqual([]);
    expect(change(['maxSilence: 15m', 'maxSilence: 1h'], ['version: 1.0.0', 'version: 1.0.1'])).toEqual([]);
  });

  it('is compatible when all that was right stays right', () => {
    expect(change(['properties:\n', `properties:\n${NEW}`])).toEqual(['compatible: field cardBin is new']);
    expect(
      change(['[Adyen, PayPal, Klarna, Apple Pay]', '[Adyen, PayPal, Klarna, Apple Pay, iDEAL]']),
    ).toEqual(['compatible: field provider: value "iDEAL" is new']);
    expect(change(['maximum: 3600000', 'maximum: 7200000'])).toEqual([
      'compatible: field latencyMs: maximum was 3600000, is 7200000',
    ]);
    expect(
      change([
        'types: [payments.payment_attempted]',
        'types: [payments.payment_attempted, payments.refunded]',
      ]),
    ).toEqual(['compatible: types: "payments.refunded" is new']);
  });

  it('is breaking when a message or a reader that was right may be wrong', () => {
    const required = NEW.replace('logicalType: string', 'logicalType: string, required: true');
    expect(change(['properties:\n', `properties:\n${required}`])).toEqual([
      'breaking: field cardBin is new and required: older messages lack it',
    ]);
    expect(change(['enum: [succeeded, failed]', 'enum: [succeeded, declined]'])).toEqual([
      'breaking: field status: value "failed" is gone',
      'compatible: field status: value "declined" is new',
    ]);
    expect(change(['name: latencyMs', 'name: latency'])).toEqual([
      'breaking: field latency is new and required: older messages lack it',
      'breaking: field latencyMs is gone',
    ]);
    expect(change(['minimum: 0', 'minimum: 1'])).toEqual(['breaking: field latencyMs: minimum was 0, is 1']);
    expect(
      change(['name: amountMinor\n    logicalType: integer', 'name: amountMinor\n    logicalType: number']),
    ).toEqual([
      'breaking: field amountMinor: type was integer, is decimal',
      'breaking: field amountMinor: scale was 0, is 2',
    ]);
    expect(change(['event: { id: [id], time: time }', 'event: { id: [paymentId], time: time }'])).toEqual([
      'breaking: event.id was id, is paymentId',
    ]);
  });

  it('announces a break by the first number of its version', () => {
    const to = (version: string) =>
      announcesBreak(payments(), payments(['version: 1.0.0', `version: ${version}`]));
    expect(['2.0.0', '10', '1.9.0', '0.9', 'next'].map(to)).toEqual([true, true, false, false, false]);
  });
});
