"""What several checks share: observations, parameters, filters, destinations."""
