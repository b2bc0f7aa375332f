# A deployment as the Terraform program made it, with the same addresses, names and settings. The tests of threa adopt
# apply it on the local AWS.

terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { Project = var.app_name, Environment = var.environment, ManagedBy = "terraform" }
  }
}

data "aws_caller_identity" "current" {}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

locals {
  account  = data.aws_caller_identity.current.account_id
  is_prod  = var.environment == "prod"
  provider = var.use_spot ? "FARGATE_SPOT" : "FARGATE"
}
