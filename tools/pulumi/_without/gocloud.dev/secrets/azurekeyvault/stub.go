// Package azurekeyvault leaves out encryption keys in Azure.
package azurekeyvault
