export {
  analyzeCosts,
  analyzeRootCause,
  compareTraces,
  findAnomalies,
  findErrorPatterns,
  suggestPrompts,
  summarizeTrace,
} from './analyses.ts'
