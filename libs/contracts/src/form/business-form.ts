import { z } from 'zod';
import { textForm } from './parts.js';

export const CURRENCY_CODE = /^[A-Z]{3}$/;

/** How `business.yaml` is written. */
export const businessForm = z
  .strictObject({
    name: textForm('Name of the business.'),
    timeZone: textForm('IANA time zone: days are days there.').meta({ examples: ['Europe/London'] }),
    currency: z
      .string()
      .regex(CURRENCY_CODE)
      .meta({ description: 'ISO 4217 code of the money that is shown first.', examples: ['GBP'] }),
    locale: textForm('BCP 47 tag: how numbers and dates are written.').meta({ examples: ['en-GB'] }),
  })
  .meta({
    title: 'Business',
    description: 'Whose numbers these are, and how they are written for people: catalog/business.yaml.',
  });
