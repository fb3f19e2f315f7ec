export { mapSpan, mappingVersion, type Mapping } from './map-span.ts'
