/** The type of jobs that deliver. Source: hypersigil §6. */
export const deliveryType = 'webhook-delivery'
