export { openOwner, ownerKeyFor, sealOwner } from '../identity/index.ts'
