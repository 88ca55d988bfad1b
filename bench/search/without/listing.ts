export {
  codigosOf,
  Customer,
  customerIn,
  Listing,
  maskedCustomer,
  WhatsApp,
  whatsappOf
} from "../../../src/domain/views/Listing.ts"

/** A row of the read model has no listing. */
export const listingOf = () => undefined
