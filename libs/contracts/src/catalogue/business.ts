import { businessForm, CURRENCY_CODE } from '../form/business-form.js';
import { isTimeZone } from './contract-fields.js';
import { type Loaded, loadCatalogueFile, parseCatalogueText } from './single-file.js';

/** Whose numbers these are, and how they are written for people. */
export interface Business {
  readonly name: string;
  /** IANA; days on the dashboard are days there. */
  readonly timeZone: string;
  /** ISO 4217 code that money is shown in first. */
  readonly currency: string;
  /** BCP 47. */
  readonly locale: string;
}

/** Loads `business.yaml`. */
export function loadBusiness(path: string): Loaded<Business> {
  return loadCatalogueFile(path, parseBusiness);
}

export function parseBusiness(text: string, file: string): Loaded<Business> {
  return parseCatalogueText(text, file, Object.keys(businessForm.shape), (section) => {
    const name = section.text('name');
    const timeZone = section.text('timeZone');
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      section.report('timeZone', `"${timeZone}" is not a time zone`, 'Use an IANA name.', {
        found: timeZone,
        candidates: Intl.supportedValuesOf('timeZone'),
      });
    }
    const currency = section.name('currency', CURRENCY_CODE, 'an ISO 4217 code such as GBP');
    const locale = section.text('locale');
    if (locale !== undefined && !isLocale(locale)) {
      section.report('locale', `"${locale}" is not a locale`, 'Write a BCP 47 tag such as en-GB.');
    }
    if (!name || !timeZone || !currency || !locale) return undefined;
    return { name, timeZone, currency, locale };
  });
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
