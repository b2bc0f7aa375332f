// Package hashivault leaves out encryption keys in HashiCorp Vault.
package hashivault
