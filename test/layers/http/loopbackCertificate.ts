import { getCACertificates, setDefaultCACertificates } from "node:tls"

/** A key and a self-signed certificate of 127.0.0.1 until 2126. They protect nothing. */
export const loopbackKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0EqXKveYT26MrCdQ
cD8yb6fhUad3omD6BBPETb06aEmhRANCAASDuXylWUoZzvF43UDrhwtzHKARUd0r
MWAzJgJk5iAdLMO+7+xOCRSBGVKWa1eAsm+I3qYV82btbbHpUWUOVE+E
-----END PRIVATE KEY-----`

export const loopbackCertificate = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUWB1dX0JxbwFS7J6/khW83JCkqKswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyOTIxMzMwMloYDzIxMjYxMTA1
MjEzMzAyWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASDuXylWUoZzvF43UDrhwtzHKARUd0rMWAzJgJk5iAdLMO+7+xOCRSB
GVKWa1eAsm+I3qYV82btbbHpUWUOVE+Eo2QwYjAdBgNVHQ4EFgQU3sbbbPaBcKov
Lba3iHqKfbv8Qz0wHwYDVR0jBBgwFoAU3sbbbPaBcKovLba3iHqKfbv8Qz0wDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQCKJ4OKGnwxhoHs3ut+mLg4WQdzl0C4pLLGh9yBTZaGbAIgHbFJMwWhPPHpGt8D
Xc22uXldefnOdCtyXa+DBR/uJP0=
-----END CERTIFICATE-----`

/** Lets every TLS client of this test file trust the certificate. */
export const trustLoopback = (): void => setDefaultCACertificates([...getCACertificates(), loopbackCertificate])
