import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from './address.js';

describe('address of an explained number', () => {
  it('comes back as it was, whatever a value holds', () => {
    const address = {
      metric: 'orders',
      endMs: 1_795_239_600_000,
      everyMs: 60_000,
      filter: { region: ['UK & Ireland', 'a~b:c%'], channel: ['web'] },
    };
    expect(parseAddress(formatAddress(address))).toEqual(address);
  });

  it('may leave the step and the filter out', () => {
    expect(parseAddress('orders~1795239600000')).toEqual({
      metric: 'orders',
      endMs: 1_795_239_600_000,
      everyMs: undefined,
      filter: {},
    });
  });

  it.each([undefined, 7, '', 'orders', 'Orders~1', 'orders~x', 'orders~1~~channel', 'orders~1~~a:%zz'])(
    'is nothing for %j',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );
});
